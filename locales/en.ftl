# English. Every sentence that a resident reads. Plain words, no sentence over 20 words, nothing about how it works inside.
# A new language is one new file beside this one: see README.md here.

draft = no
direction = ltr
language-name = English
recognised-as = eng
title = Your message
leave = Leave this page now
demo = This is a demo. What you type is not sent anywhere.

lede-heading = Tell us what you saw
lede-languages = Language
lede = Your message goes to the council and the police. We do not ask who you are.
lede-danger = Is someone in danger now? Call 999.
danger-now = Call 999 now. If you cannot speak, press 55 on a mobile when asked. We do not read this at night.
lede-watched = Nobody reads at night.
reads-next = We read next on:
lede-device = Could someone check this phone?
lede-other = Use another one if you can.
lede-leave = The red button takes you away fast. It does not clear the history.
lede-clears = Back and these links clear your words.

optional = You can leave this out.
yes = Yes
no = No
unsure = Not sure

topic-label = What is it about?
topic-graffiti = Graffiti or tags
topic-cuckooing = A home taken over by drug dealers
topic-drugs = Drug dealing or drug use
topic-other = Something else
what-label = What did you see or hear?
what-hint = Leave out your name, home and phone number.
where-label = Where is it?
where-hint = Street or place nearby.
when-label = When does it happen?
when-hint = Day, time, how often.
ongoing-label = Is it still going on?
danger-label = Is someone in danger?
child-label = Could a child be at risk?
more = More questions
impact-label = How does it affect you or the area?
vehicle-label = Is there a car, bike or van?
vehicle-hint = Number plate, make or colour.
how-label = How do you know?
how-saw = I saw or heard it
how-told = Someone told me
how-guess = I think so
how-unsaid = I will not say
offensive-label = The tag is racist, hateful or a threat
signs-label = Did you see any of these?

photos-label = Photos
photos-hint = Only for graffiti, and only if it is safe. Up to 4 photos.
photos-never = Never go near dealers or their homes to take a photo.
photos-clean = We take off hidden details, like where a photo was taken.
honeypot-label = Leave this empty

button-check = Check before you send
button-send = Send
button-recheck = Check again

check-heading = Check what you will send
check-lede = We get only this, your language and today's date.
check-back = Do not press Back: it clears your words.
check-change = Change something
check-marks = These words may show who you are. Change them if you can.
check-clear = We found no words that show who you are. Please look too.
# When the page was too busy to look. The next one: the rules of this language (rules/hints) are not complete.
check-busy = We could not check all of these words. Please look: do they show who you are?
check-unread = We cannot check words in this language. Please look: do they show who you are?
check-more = And there are more like these.
check-photo = Photo { $count }
check-photo-bare = There was nothing hidden in it.
check-photo-removed = We took off:
check-photo-drop = Do not send this photo
check-code = Send the poster number too. It says which poster you saw, not who you are:
check-photo-look = Look at your photos again. A face, a window or a number plate may show who you are.
check-photo-safe = You added photos to a report about a home. Is it safe to send them?

# Between the words of a list, and at its end.
list-comma = {", "}
list-stop = .

removed-gps = the place
removed-camera = the phone or camera
removed-time = the date and time
removed-text = names and notes
removed-thumbnail = a small copy of the photo
removed-profile = colour details
removed-trailer = data behind the photo
removed-other = other hidden data

mark-email = An e-mail address:
mark-phone = A phone number:
mark-contact = A way to reach you:
mark-name = Your name:
mark-home = Where you live:
mark-neighbour = How near you live:
mark-family = Your family or friends:
mark-work = Your work:
mark-only = Something few people know:

receipt-heading = We have your message
receipt-lede = Your receipt number is:
receipt-again = We had this message before. It is kept once.
receipt-hidden = We do not show its receipt number again.
receipt-keep = Write it down if that is safe. We cannot show it again.
receipt-use = With this number you can look for an answer later.
receipt-proof = This number proves that the report is yours. We cannot send answers yet.
receipt-risk = Anyone who finds the number can read the answer. If that is a risk, do not keep it.
receipt-keep-heading = Keep the number
receipt-disguise = You can write it down as something else, like a customer number.
receipt-links = If you use it again, we can see that both notes came from you.
receipt-lost = If you lose it, we cannot find it. We do not know who you are.
receipt-not-heading = I do not need it
receipt-not = Then just leave. A person reads your message all the same.
receipt-next = A person will read your message. We may not be able to tell you what happens.
receipt-close = You can close this page now.
receipt-messages = Look for an answer
help-heading = Is it your home? You can get help.
help-victims = Help for victims:
help-slavery = Made to work, or held:
help-housing = A safe home:
help-debt = Debt advice:
help-police = About someone who works for the police? Call Crimestoppers on 0800 085 0000.
help-council = About someone who works for the council? Write to:

problem-heading = There is a problem
problem-topic = Choose what it is about.
problem-what = Tell us what you saw.
problem-long = { $count ->
    [one] This is { $count } character too long. Please make it shorter.
   *[other] This is { $count } characters too long. Please make it shorter.
}
problem-token = This page was open too long. Your words are still here. Please send again.
problem-photos-many = You can send 4 photos at most. We left out the others.
problem-photos-gone = Your photos were waiting too long, so we deleted them. Please choose them again, or send without.
problem-photos-room = We cannot take photos right now. You can send your words without them.
problem-photos-added = We added your photos. Look at them, then send.
problem-photo-count = Photo { $count }:
problem-broken = The upload broke off. Your words are still here. Add your photos again.
problem-cut = The text was far too long, so we cut the end off.
problem-odd = Something came with your form that we do not know. We did not take it.

photo-not-an-image = This file is not a photo.
photo-heic = We cannot read this kind of photo (HEIC). Take a screenshot of it and choose that.
photo-format = We cannot read this kind of file. Choose one of these kinds: JPEG, PNG or WebP.
photo-bytes = This photo is too large. The limit is 24 MB.
photo-pixels = This photo is too big. Take a screenshot of it and choose that.
photo-broken = This photo is damaged or of a rare kind. Take a screenshot of it, or choose a new one.
photo-empty = This photo came in empty. Open it on your phone first, then choose it again.
photo-busy = We are busy with other photos. Please add it again in a minute.

date = { $weekday } { $day }/{ $month }
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday

door-unread = No one has read messages here for days.
door-shut = We can take no messages now
door-shut-why = No one is here to read them.
door-kept = Nothing was sent. Your words are still on this page.
door-closed = This page is closed
door-closed-why = We take no more messages here.

trouble-heading = We did not get your message
trouble-kept = Nothing was sent. Your words are still here. Please try again in a few minutes.
trouble-again = Nothing was sent yet. Your words are still here. Wait a few seconds, then send again.
trouble-other = If it cannot wait, call 101. In danger call 999. Or call Crimestoppers on 0800 555 111.
trouble-form = The form could not be read. Please go back to the start and try again.
trouble-large = What you sent was too large. Please send fewer or smaller photos.
trouble-wait = Many messages come from here right now. Please wait a minute and try again.
trouble-missing = This page is not here.
trouble-start = Go to the start

messages-heading = Look for an answer
messages-label = Receipt number
messages-hint = 28 digits in groups of four.
messages-button = Look
messages-none = There is no answer for this number yet. Some messages do not get one.
messages-closed = We cannot send answers yet.
messages-some = Our answer:
messages-wrong = This number has a mistake in it. Check each digit.
messages-length = A receipt number has 28 digits. Check that you typed all of them.
messages-trouble = We cannot look right now. Please try again in a few minutes.
stage-received = We have your message.
stage-read = A person has read your message.
stage-passed-on = We passed your message on.
stage-finished = We have finished with your message.
messages-older = Show the answer before this one
messages-answer = Write to us with this number
messages-danger = Someone is in danger.
messages-child = A child may be at risk.
messages-sent = We have your words. They go with your first message.
messages-empty = Write something first.
messages-still = It is still happening
messages-day = On which day?
messages-time = At what time?
messages-day-missing = Choose the day.
messages-forget = Forget this
messages-forget-why = We delete all answers to this number. If you use it again, a new answer may take up to two weeks longer.
messages-forget-staff = We keep your words until two people have looked. That takes at least seven days.
messages-forget-now = Forget it now
messages-forgotten = Done. This number opens no answer now. If you use it again, a new answer may take up to two weeks longer.
messages-late = This page was open too long. Type the number again.

about-heading = About this page
about-what = Your message goes to the council and the police. One team there works on these problems.
about-kept = We do not keep your name or your phone number. We do not keep the address of your phone or computer.
about-read = Only that team can open your message. This website cannot open it after you send it.
about-days = { $count ->
    [one] If no one picks up a message, we delete it in about { $count } day.
   *[other] If no one picks up a message, we delete it in about { $count } days.
}
about-promise = There are things that we cannot promise. Your own words may show who you are.
about-device = Your phone may remember that you were here. Clear its history if someone may look.
about-network = Your phone company can see that you visited, but not what you wrote.
about-police = For other crimes call 101. Crimestoppers is 0800 555 111.

kept-heading = What we keep
kept-what = We keep what you send, the day, your language and how it came to us. If you came by a poster, we keep its number too.

keys-heading = Who can open your message
keys-lede = These teams can open your message. You can ask them for their key number and compare.
keys-all = It opens each message.
keys-some = It opens messages about:
keys-none = It opens only what people write back to it.
keys-number = Its number:
experts-heading = For experts
lane-safeguarding = People at risk

others-heading = What others know
others-phone = Phone companies may keep that for a year.
others-proxy = A machine in front of this page sees your words as they pass.
others-sms = A text may also pass through a firm that takes texts in for us. It may keep them.
others-sms-name = The firm is:

law-heading = What the law can ask for
law-give = A court can make us hand over what we have. The police can ask too.
law-never = We cannot give what we do not keep. We keep no name, no phone number and no address of a phone.
law-phone = They can also ask your phone company if you came here. Tor hides that.

promise-heading = What we cannot promise
promise-moment = This website sees your words for a moment, while it locks them.
promise-photo = A photo can show which phone took it, even with no hidden details.

ways-heading = Ways to tell us, safest first
ways-onion = Safest: open this address in the Tor app. It hides that you were here.
ways-web = Next best: this page. Your phone company sees that you came here, not what you wrote.
ways-text = Last: send us a text. The number is:
ways-text-network = The phone company knows that you sent us a text, when, and what it says.
ways-text-phone = The text stays on your phone. Delete it there if someone may look.
ways-text-cost = It costs the same as any other text.
ways-text-answer = No answer will come. You need not send it twice.
ways-text-night = We do not read texts at night. In danger call 999.
ways-no-onion = This page has no address of its own in the Tor app.

device-heading = What stays on this phone
device-leave = The red button takes you to another site. After that, Back does not show your words.
device-history = The history still shows that you came here. It shows this name:
device-clear-heading = How to clear the history
device-chrome = Chrome: tap the three dots, then History. Tap the cross beside this page.
device-safari = iPhone: tap the book, then the clock. Swipe this page to the left and delete it.
device-other = Other apps have the history in their menu too.
device-one = Delete only this page. An empty history can look odd.
device-private = Next time, open a private window. It keeps no history.
device-photos = Photos that you took stay on the phone. Delete them there, and where deleted photos are kept.
device-spy = Some apps watch all that is done on a phone. If you fear that, use another phone.

privacy-heading = Privacy
privacy-who = In charge of the data:
privacy-nobody = The people in charge have not put their name here yet.
privacy-contact = Write to them here:
privacy-use-heading = How it is used
privacy-law = The law for this is called UK GDPR. It lets them use data to stop crime and keep people safe.
privacy-you = What you write can be data about you, if it shows who you are.
privacy-others = It can be data about those you write about, too. They have rights too.
privacy-true = So write only what you saw, heard or were told.
privacy-choice = You do not have to tell us anything.
privacy-shared = They may pass on what you write to the police, housing or care teams. Each gets only what it needs.
privacy-kept = Once the team has opened it, the team decides how long to keep it.
privacy-person = A person decides what to do. No machine does.
privacy-rights-heading = Your rights
privacy-rights = You can ask what they hold about you. You can ask them to mend it, stop using it or delete it.
privacy-limits = They may have to say no, if it would harm a case or a person.
privacy-find = We do not know who wrote what. So they may not be able to find your message.
privacy-complain = Not happy with the answer? Tell the ICO. Call 0303 123 1113 or go to ico.org.uk.

access-heading = Accessibility
access-aim = We want everyone to be able to use this page. Our aim is WCAG 2.2, level AA.
access-how = You can make the text large, use only keys, or have it read out. It works on old phones.
access-tested = We test it with tools. No one from outside has tested it. So we say that it meets the aim in part.
access-title = All pages share one title, so that no one can tell what you read.
access-draft = No native reader has read this language yet. Some words may be wrong.
access-contact = Is something hard to use? Write to:
access-complain = Not happy with the answer? Tell the EASS. Call 0808 800 0082.

signs-heading = Signs to look for
signs-link = Signs:
signs-safe = Do not go near. Do not take photos of people or their homes.
signs-back = Tell us what you saw

sign-visitors = Many people come and go at odd hours
sign-strangers = New faces, or strangers at the buzzer
sign-unseen = The person who lives there is not seen any more
sign-scared = The person who lives there looks scared or hurt
sign-curtains = Curtains shut all day
sign-door = The door is broken or held open
sign-noise = Shouting, fights or noise
sign-litter = Rubbish bags, needles or foil
sign-cars = Cars or bikes stop for a short time
sign-care = Care visits have stopped
sign-deals = Small things change hands for money
sign-shortstops = Cars stop for a minute and drive on
sign-needles = Needles, foil or small bags on the ground
sign-lookouts = People stand and keep watch
sign-phones = A young person has many phones
sign-money = A young person has new clothes or cash
sign-missing = A young person goes missing
sign-injured = A young person is hurt or scared
sign-repeated = The same tag in many places
sign-crossed = A new tag painted over an old one
sign-names = Names, numbers or threats
sign-fresh = It is new

# Goes back to the phone of who texts, where the operator wants that. No word for a crime: others may see the screen.
sms-answer = Thank you. We have your message.
sms-code = Receipt number:
sms-shut = We did not take your message. No one reads here now. Call 101 or 0800 555 111. In danger call 999.

# Posters, cards and stickers. Who reads them may stand beside the person they fear: no word for a crime in the lines that are set
# large (print-heading, print-lede). The signs are those above. {"\u00A0"} joins two words that must stay on one line of the headline.
print-heading = Something{"\u00A0"}not{"\u00A0"}right near{"\u00A0"}you?
print-lede = Tell us. You do not have to say who you are.
print-scan = Scan this with your phone camera
print-type = Or type this address:
print-later = You do not have to do it here. Do it later, where you feel safe.
print-phone = Use a phone that nobody else looks at.
print-danger = Is someone in danger now? Call 999.

print-text-heading = Or send a text
print-text-number = To this number:
print-text-code = Start with poster number:
print-text-answer = No answer will come. You do not need to send it twice.
print-text-night = We do not read texts at night.
print-text-stays = The text stays on your phone. Delete it if someone may look.
print-text-cost = It costs the same as a normal text.

print-signs-heading = What to look for
print-safe-heading = Stay safe
print-safe-near = Do not go near. Do not take photos of people or their homes.
print-safe-name = Leave out your name, your home and your phone number.
print-safe-night = We read messages in working hours, not at night.

print-help-heading = Other help
print-help-999 = Danger now: 999
print-help-101 = Police, not urgent: 101
print-help-crimestoppers = Crimestoppers, no name needed: 0800 555 111
print-help-childline = Childline, for children and young people: 0800 1111
print-help-slavery = Made to work for no pay: Modern Slavery Helpline, 08000 121 700
print-from = Your message goes to the council and the police. One team there reads it.

said-heading = You said, we did
said-about = What people told us, and what was done.
said-choose = Choose your part of the city.
said-others = See another part of the city
said-few = Too few to show, or none.
said-ward-month = Each month, for this ward alone:
said-ward-quarter = Three months, for this ward alone:
said-team-quarter = Three months, for the police area:
said-city-quarter = Three months, for the whole city:
said-city-year = One year, for the whole city:
said-reported = Reports sent in:
said-passed = Passed to a team that can act:
said-acted = Something was done:
said-cleaned = Cleaned up:
said-secured = Homes made safe:
said-support = People given help:
said-enforced = The police or a court acted:
said-count = about { $count }
said-most = most of them
said-twice = If many people report one thing, it counts as one.
said-unnamed = A report that names no place counts only for the whole city.
said-rounded = We round each number to the nearest 5. We never show a number under 10.
said-late = Each number is at least a month old. We do not change it later.
