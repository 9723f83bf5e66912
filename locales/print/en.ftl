# English. What stands on posters, cards, stickers and briefings. Plain words, no sentence over 20 words.
# Who reads it may stand beside the person they fear: no word for a crime in the lines that are set large (heading, lede).
# The signs are those of the resident's page. A new language is a copy of this file, translated, and a line in src/desk/print/words.rs.

draft = no
direction = ltr
heading = Something not right near you?
lede = Tell us. You do not have to say who you are.
scan = Scan this with your phone camera
type = Or type this address:
code = Code:
later = You do not have to do it here. Do it later, where you feel safe.
phone = Use a phone that nobody else looks at.
danger = Is someone in danger now? Call 999.

text-heading = Or send a text
text-number = To this number:
text-code = Start the text with this code:
text-answer = No answer will come. You do not need to send it twice.
text-night = We do not read texts at night.
text-network = Your phone company can see that you sent us a text, and when.
text-stays = The text stays on your phone. Delete it if someone may look.
text-cost = It costs what your phone company takes for a text.

signs-heading = What to look for
safe-heading = Stay safe
safe-near = Do not go near. Do not take photos of people or their homes.
safe-name = Leave out your name, your home and your phone number.
safe-night = We read messages in working hours, not at night.

help-heading = Other help
help-999 = Danger now: 999
help-101 = Police, not urgent: 101
help-crimestoppers = Crimestoppers, no name needed: 0800 555 111
help-childline = Childline, for children and young people: 0800 1111
help-slavery = Modern Slavery Helpline: 08000 121 700
from = Your message goes to the council and the police. One team there reads it.
