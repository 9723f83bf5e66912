# DRAFT: no native reader has read this file yet. Lithuanian (lietuvių).

draft = yes
direction = ltr
heading = Netoliese vyksta kažkas negero?
lede = Praneškite mums. Jums nereikia sakyti, kas esate.
scan = Nuskenuokite kodą telefono kamera
type = Arba įveskite šį adresą:
code = Kodas:
later = Nebūtina to daryti čia. Padarykite tai vėliau, ten, kur jaučiatės saugiai.
phone = Naudokite telefoną, į kurį niekas kitas nežiūri.
danger = Kam nors dabar gresia pavojus? Skambinkite 999.

text-heading = Arba atsiųskite SMS žinutę
text-number = Šiuo numeriu:
text-code = Žinutę pradėkite šiuo kodu:
text-answer = Atsakymo nebus. Antrą kartą siųsti nereikia.
text-night = Naktį žinučių neskaitome.
text-network = Jūsų ryšio operatorius mato, kad ir kada mums išsiuntėte žinutę.
text-stays = Žinutė lieka telefone. Ištrinkite ją, jei kas nors gali pažiūrėti.
text-cost = Žinutė kainuoja tiek, kiek ima jūsų ryšio operatorius.

signs-heading = Į ką atkreipti dėmesį
safe-heading = Saugokite save
safe-near = Nesiartinkite. Nefotografuokite žmonių ir jų namų.
safe-name = Nerašykite savo vardo, namų adreso ir telefono numerio.
safe-night = Žinutes skaitome darbo valandomis, ne naktį.

help-heading = Kita pagalba
help-999 = Pavojus dabar: 999
help-101 = Policija, kai neskubama: 101
help-crimestoppers = „Crimestoppers“, vardo sakyti nereikia: 0800 555 111
help-childline = „Childline“, vaikams ir jaunimui: 0800 1111
help-slavery = „Modern Slavery Helpline“ (priverstinis darbas ir išnaudojimas): 08000 121 700
from = Jūsų žinutė keliauja savivaldybei ir policijai. Ją skaito viena komanda.
