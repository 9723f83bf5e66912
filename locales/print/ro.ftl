# DRAFT: no native reader has read this file yet. Romanian (română).

draft = yes
direction = ltr
heading = Se întâmplă ceva în neregulă în apropiere?
lede = Spuneți-ne. Nu trebuie să spuneți cine sunteți.
scan = Scanați codul cu camera telefonului
type = Sau scrieți această adresă:
code = Cod:
later = Nu trebuie să faceți asta aici. Faceți-o mai târziu, acolo unde vă simțiți în siguranță.
phone = Folosiți un telefon la care nu se uită nimeni altcineva.
danger = Este cineva în pericol acum? Sunați la 999.

text-heading = Sau trimiteți un SMS
text-number = La acest număr:
text-code = Începeți mesajul cu acest cod:
text-answer = Nu veți primi răspuns. Nu trebuie să trimiteți de două ori.
text-night = Nu citim mesajele SMS noaptea.
text-network = Compania de telefonie vede că ne-ați trimis un SMS și când.
text-stays = Mesajul rămâne în telefon. Ștergeți-l dacă s-ar putea uita cineva.
text-cost = Costă cât cere compania dumneavoastră de telefonie pentru un SMS.

signs-heading = La ce să vă uitați
safe-heading = Rămâneți în siguranță
safe-near = Nu vă apropiați. Nu fotografiați oameni sau casele lor.
safe-name = Nu scrieți numele, adresa sau numărul dumneavoastră de telefon.
safe-night = Citim mesajele în timpul programului de lucru, nu noaptea.

help-heading = Alt ajutor
help-999 = Pericol acum: 999
help-101 = Poliția, când nu este urgent: 101
help-crimestoppers = Crimestoppers, fără nume: 0800 555 111
help-childline = Childline, pentru copii și tineri: 0800 1111
help-slavery = Modern Slavery Helpline (muncă forțată și exploatare): 08000 121 700
from = Mesajul dumneavoastră ajunge la primărie și la poliție. Îl citește o singură echipă.
