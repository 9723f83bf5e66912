# DRAFT: no native reader has read this file yet. Romanian (română).

draft = yes
direction = ltr
heading = Se întâmplă ceva în neregulă lângă tine?
lede = Spune-ne. Nu trebuie să spui cine ești.
scan = Scanează codul cu camera telefonului
type = Sau scrie această adresă:
code = Cod:
later = Nu trebuie să faci asta aici. Fă-o mai târziu, unde te simți în siguranță.
phone = Folosește un telefon la care nu se uită nimeni altcineva.
danger = Este cineva în pericol acum? Sună la 999.

text-heading = Sau trimite un SMS
text-number = La acest număr:
text-code = Începe mesajul cu acest cod:
text-answer = Nu vei primi răspuns. Nu trebuie să trimiți de două ori.
text-night = Nu citim mesajele SMS noaptea.
text-network = Compania de telefonie vede că ne-ai trimis un SMS și când.
text-stays = Mesajul rămâne în telefon. Șterge-l dacă s-ar putea uita cineva.
text-cost = Costă cât cere compania ta de telefonie pentru un SMS.

signs-heading = La ce să fii atent
safe-heading = Rămâi în siguranță
safe-near = Nu te apropia. Nu fotografia oameni sau casele lor.
safe-name = Nu scrie numele tău, unde locuiești sau numărul tău de telefon.
safe-night = Citim mesajele în timpul programului de lucru, nu noaptea.

help-heading = Alt ajutor
help-999 = Pericol acum: 999
help-101 = Poliția, când nu este urgent: 101
help-crimestoppers = Crimestoppers, fără nume: 0800 555 111
help-childline = Childline, pentru copii și tineri: 0800 1111
help-slavery = Modern Slavery Helpline (muncă forțată și exploatare): 08000 121 700
from = Mesajul tău ajunge la primărie și la poliție. Îl citește o singură echipă.
