# DRAFT: no native reader has read this file yet. Polish (polski).

draft = yes
direction = ltr
heading = W okolicy dzieje się coś niepokojącego?
lede = Powiedz nam. Nie musisz mówić, kim jesteś.
scan = Zeskanuj kod aparatem w telefonie
type = Albo wpisz ten adres:
code = Kod:
later = Nie musisz robić tego tutaj. Zrób to później, tam gdzie czujesz się bezpiecznie.
phone = Użyj telefonu, do którego nikt inny nie zagląda.
danger = Czy komuś teraz coś grozi? Zadzwoń pod numer 999.

text-heading = Albo wyślij SMS
text-number = Na ten numer:
text-code = Zacznij SMS od tego kodu:
text-answer = Nie dostaniesz odpowiedzi. Nie trzeba wysyłać SMS-a drugi raz.
text-night = Nie czytamy SMS-ów w nocy.
text-network = Twój operator widzi, że i kiedy wysłano do nas SMS.
text-stays = SMS zostaje w telefonie. Usuń go, jeśli ktoś może tam zajrzeć.
text-cost = SMS kosztuje tyle, ile pobiera Twój operator.

signs-heading = Na co zwrócić uwagę
safe-heading = Zadbaj o bezpieczeństwo
safe-near = Nie podchodź. Nie rób zdjęć ludziom ani ich mieszkaniom.
safe-name = Nie podawaj nazwiska, adresu ani numeru telefonu.
safe-night = Czytamy wiadomości w godzinach pracy, nie w nocy.

help-heading = Inna pomoc
help-999 = Nagłe niebezpieczeństwo: 999
help-101 = Policja, sprawy niepilne: 101
help-crimestoppers = Crimestoppers, bez podawania nazwiska: 0800 555 111
help-childline = Childline, dla dzieci i młodzieży: 0800 1111
help-slavery = Modern Slavery Helpline (praca przymusowa i wyzysk): 08000 121 700
from = Twoja wiadomość trafia do urzędu miasta i policji. Czyta ją jeden zespół.
