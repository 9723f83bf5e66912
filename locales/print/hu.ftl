# DRAFT: no native reader has read this file yet. Hungarian (magyar).

draft = yes
direction = ltr
heading = Valami nincs rendben a közelben?
lede = Mondja el nekünk. Nem kell megmondania, kicsoda.
scan = Olvassa be a kódot a telefon kamerájával
type = Vagy írja be ezt a címet:
code = Kód:
later = Nem kell itt megtennie. Tegye meg később, ott, ahol biztonságban érzi magát.
phone = Olyan telefont használjon, amelybe más nem néz bele.
danger = Veszélyben van most valaki? Hívja a 999-et.

text-heading = Vagy küldjön SMS-t
text-number = Erre a számra:
text-code = Az SMS ezzel a kóddal kezdődjön:
text-answer = Válasz nem jön. Nem kell kétszer elküldenie.
text-night = Éjszaka nem olvassuk az SMS-eket.
text-network = A telefontársasága látja, hogy SMS-t küldött nekünk, és azt is, mikor.
text-stays = Az SMS a telefonon marad. Törölje, ha valaki megnézheti.
text-cost = Annyiba kerül, amennyit a telefontársasága egy SMS-ért kér.

signs-heading = Mire figyeljen
safe-heading = Vigyázzon magára
safe-near = Ne menjen közel. Ne fényképezzen embereket vagy az otthonukat.
safe-name = Ne írja le a nevét, a lakcímét és a telefonszámát.
safe-night = Munkaidőben olvassuk az üzeneteket, éjszaka nem.

help-heading = Más segítség
help-999 = Azonnali veszély: 999
help-101 = Rendőrség, ha nem sürgős: 101
help-crimestoppers = Crimestoppers, név nélkül: 0800 555 111
help-childline = Childline, gyerekeknek és fiataloknak: 0800 1111
help-slavery = Modern Slavery Helpline (kényszermunka és kizsákmányolás): 08000 121 700
from = Az üzenete az önkormányzathoz és a rendőrséghez kerül. Egyetlen csapat olvassa el.
