# The briefing for an organisation's staff, contractors and councillors: English only, as their work is.
# What to look for comes from the resident's sign lists. Plain words, no sentence over 20 words.

heading = What to look for, and how to tell us
for-staff = For everyone who works at
for-contractor = For everyone who works for
for-councillor = For councillors of
lede = You see streets, stairs and homes that we do not. Small things matter. Tell us each time.

county-heading = Drug dealing and county lines
county-about = Gangs send drugs from big cities to towns. They use children and young people to carry and sell them.
cuckooing-heading = Cuckooing: a home taken over
cuckooing-about = Dealers move into the home of someone who can not stop them. That person is often ill, old or alone.
tags-heading = Tags and graffiti
tags-about = Most tags are only tags. Some mark an area or threaten someone. You do not have to know which.

how-heading = How to report
how-scan = Scan the code or type the address. The form takes two minutes.
number = Your number:
how-code = The number says which organisation it comes from. It does not say who you are.
how-name = You do not give your name, and we do not ask for it.
how-saw = Say what you saw or heard yourself, where and when. Say so if someone told you.
how-photo = Photos only of graffiti, and only if that is safe. Never of people or their homes.
how-own = Use a phone that nobody else looks at.

safe-heading = Stay safe
safe-near = Do not go near, do not ask questions, and do not say that you will report it.
safe-child = If you think a child or an adult is at risk, follow your own safeguarding rules too.
safe-danger = Is someone in danger now? Call 999.

resident-heading = For councillors
resident-details = When a resident tells you something, do not enter their name, home, phone number or email.
resident-words = Do not copy their letter or message. Write what was seen, in your own words.
resident-told = Tick that someone told you.
resident-self = Better still, give them the address. Then only they know that they told us.

help-heading = Other numbers
