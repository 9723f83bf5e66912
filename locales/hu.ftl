# DRAFT: no native reader has read this file yet. Hungarian (magyar). When one has, set `draft = no`: see README.md here.

draft = yes
direction = ltr
language-name = Magyar
recognised-as = hun
title = Az Ön üzenete
leave = Az oldal elhagyása most
demo = Ez csak próba. Amit ide ír, azt nem küldjük el sehova.

lede-heading = Írja meg, mit látott
lede-languages = Nyelv
lede = Az üzenet az önkormányzathoz és a rendőrséghez kerül. Nem kérdezzük, kicsoda Ön.
lede-danger = Veszélyben van most valaki? Hívja a 999-es számot.
danger-now = Hívja most a 999-et. Ha nem tud beszélni, mobilon nyomja meg az 55-öt, amikor kérik. Éjszaka ezt nem olvassuk.
lede-watched = Az üzeneteket munkaidőben olvassuk, éjjel nem.
reads-next = Legközelebb:
lede-device = Megnézheti valaki ezt a telefont?
lede-other = Ha tud, használjon másikat.
lede-leave = A piros gomb gyorsan elviszi innen. Az előzményeket nem törli.
lede-clears = A Vissza gomb és ezek a linkek törlik, amit írt.

optional = Ezt kihagyhatja.
yes = Igen
no = Nem
unsure = Nem tudom

topic-label = Miről van szó?
topic-graffiti = Graffiti vagy falfirka
topic-cuckooing = Drogárusok által elfoglalt otthon
topic-drugs = Drogárusítás vagy droghasználat
topic-other = Valami más
what-label = Mit látott vagy hallott?
what-hint = Ne írja le a nevét, a lakcímét és a telefonszámát.
where-label = Hol van ez?
where-hint = Egy utca, egy épület vagy egy közeli hely.
when-label = Mikor történik?
when-hint = Egy nap, egy napszak, vagy hogy milyen gyakran.
ongoing-label = Még most is tart?
danger-label = Veszélyben van valaki?
child-label = Veszélyben lehet egy gyerek?
more = További kérdések
impact-label = Hogyan érinti ez Önt vagy a környéket?
vehicle-label = Van ott autó, kerékpár, motor vagy kisbusz?
vehicle-hint = Rendszám, márka vagy szín.
how-label = Honnan tudja?
how-saw = Láttam vagy hallottam
how-told = Valaki elmondta nekem
how-guess = Úgy gondolom
how-unsaid = Nem mondom meg
offensive-label = A falfirka rasszista, gyűlölködő vagy fenyegető
signs-label = Látott ezek közül valamit?

photos-label = Fényképek
photos-hint = Csak falfirkáról, és csak ha biztonságos. Legfeljebb 4 fénykép.
photos-never = Soha ne menjen közel a drogárusokhoz vagy az otthonukhoz egy fénykép miatt.
photos-clean = A rejtett adatokat levesszük, például azt, hogy hol készült a kép.
honeypot-label = Ezt hagyja üresen

button-check = Ellenőrzés küldés előtt
button-send = Küldés
button-recheck = Ellenőrzés újra

check-heading = Nézze át, mit küld el
check-lede = Csak ezt kapjuk meg, a nyelvet és a mai dátumot.
check-back = Ne nyomja meg a Vissza gombot: törli, amit írt.
check-change = Módosítás
check-marks = Ezek a szavak elárulhatják, kicsoda Ön. Ha tudja, írja át őket.
check-clear = Nem találtunk olyan szavakat, amelyek elárulják, kicsoda Ön. Kérjük, nézze át Ön is.
check-busy = Nem tudtuk az összes szót ellenőrizni. Nézze meg, elárulják-e, kicsoda Ön.
check-unread = Ezen a nyelven nem tudjuk ellenőrizni a szavakat. Nézze meg, elárulják-e, kicsoda Ön.
check-more = És vannak még ilyenek.
check-photo = { $count }. fénykép
check-photo-bare = Nem volt benne semmi rejtett.
check-photo-removed = Ezt vettük le róla:
check-photo-drop = Ezt a képet ne küldjék el
check-code = A plakát számát is küldjék el. Azt mutatja, melyik plakátot látta, nem azt, kicsoda Ön:
check-photo-look = Nézze meg újra a képeit. Egy arc, egy ablak vagy egy rendszám elárulhatja, kicsoda Ön.
check-photo-safe = Egy otthonról szóló üzenethez fényképeket tett. Biztonságos elküldeni őket?

# Between the words of a list, and at its end.
list-comma = {", "}
list-stop = .

removed-gps = a hely
removed-camera = a telefon vagy a fényképezőgép
removed-time = a dátum és az idő
removed-text = nevek és megjegyzések
removed-thumbnail = a kép kis másolata
removed-profile = színadatok
removed-trailer = a kép mögötti adatok
removed-other = más rejtett adatok

mark-email = E-mail-cím:
mark-phone = Telefonszám:
mark-contact = Ahogyan Önt el lehet érni:
mark-name = Az Ön neve:
mark-home = Ahol Ön lakik:
mark-neighbour = Milyen közel lakik:
mark-family = Családtagok vagy barátok:
mark-work = Az Ön munkája:
mark-only = Amit csak kevesen tudnak:

receipt-heading = Megkaptuk az üzenetét
receipt-lede = Az Ön átvételi száma:
receipt-again = Ez az üzenet már megvolt nekünk. Egyszer őrizzük meg.
receipt-hidden = A számát nem mutatjuk meg újra.
receipt-keep = Írja fel, ha biztonságos. Többször nem tudjuk megmutatni.
receipt-use = Ezzel a számmal később megnézheti, jött-e válasz.
receipt-proof = Ez a szám igazolja, hogy az üzenet az Öné. Választ még nem tudunk küldeni.
receipt-risk = Aki megtalálja a számot, elolvashatja a választ. Ha ez veszélyes, ne őrizze meg.
receipt-next = Az üzenetét egy ember fogja elolvasni. Lehet, hogy nem mondhatjuk el, mi történik ezután.
receipt-close = Most már bezárhatja ezt az oldalt.
receipt-messages = Van-e válasz?
help-heading = Az Ön otthona az? Kaphat segítséget.
help-victims = Áldozatsegítés:
help-slavery = Kényszer vagy kizsákmányolás:
help-housing = Biztonságos lakás:
help-debt = Segítség adósság esetén:
help-police = Rendőrségi dolgozóról van szó? Hívja a Crimestoppers számát: 0800 085 0000.
help-council = Önkormányzati dolgozóról van szó? Írjon ide:

problem-heading = Van egy probléma
problem-topic = Válassza ki, miről van szó.
problem-what = Írja meg, mit látott.
problem-long = A szöveg { $count } karakterrel hosszabb a megengedettnél. Kérjük, rövidítse le.
problem-token = Ez az oldal túl sokáig volt nyitva. A szöveg még itt van. Kérjük, küldje el újra.
problem-photos-many = Legfeljebb 4 fényképet küldhet. A többit kihagytuk.
problem-photos-gone = A fényképek túl sokáig vártak, ezért töröltük őket. Válassza ki őket újra, vagy küldje el nélkülük.
problem-photos-room = Most nem tudunk képet fogadni. A szöveget képek nélkül is elküldheti.
problem-photos-added = Hozzáadtuk a fényképeket. Nézze meg őket, aztán küldje el.
problem-photo-count = { $count }. fénykép:
problem-broken = A feltöltés megszakadt. A szöveg még itt van. Adja hozzá újra a fényképeket.
problem-cut = A szöveg túl hosszú volt, ezért a végét levágtuk.
problem-odd = Az űrlappal olyasmi is jött, amit nem ismerünk. Azt nem vettük át.

photo-not-an-image = Ez a fájl nem fénykép.
photo-heic = Az ilyen képet (HEIC) nem tudjuk olvasni. Készítsen róla képernyőképet, és válassza azt.
photo-format = Az ilyen fájlt nem tudjuk olvasni. Válasszon JPEG, PNG vagy WebP képet.
photo-bytes = Ez a kép túl nagy. Legfeljebb 24 MB lehet.
photo-pixels = Ez a kép túl nagy. Készítsen róla képernyőképet, és válassza azt.
photo-broken = Ez a kép sérült vagy szokatlan fajtájú. Készítsen róla képernyőképet, vagy válasszon másikat.
photo-empty = Ez a kép üresen érkezett. Először nyissa meg a telefonon, aztán válassza ki újra.
photo-busy = Most más képekkel dolgozunk. Adja hozzá újra egy perc múlva.

date = { $month }. { $day }., { $weekday }
weekday-1 = hétfő
weekday-2 = kedd
weekday-3 = szerda
weekday-4 = csütörtök
weekday-5 = péntek
weekday-6 = szombat
weekday-7 = vasárnap

door-unread = Napok óta senki sem olvasott itt üzenetet.
door-shut = Most nem tudunk üzenetet fogadni
door-shut-why = Nincs itt senki, aki elolvassa.
door-kept = Semmit sem küldtünk el. A szavai még ezen az oldalon vannak.
door-closed = Ez az oldal bezárt
door-closed-why = Itt már nem fogadunk üzenetet.

trouble-heading = Nem kaptuk meg az üzenetét
trouble-kept = Semmit sem küldtünk el. A szöveg még itt van. Próbálja újra néhány perc múlva.
trouble-again = Még semmit sem küldtünk el. A szöveg még itt van. Várjon néhány másodpercet, és küldje el újra.
trouble-other = Ha nem várhat, hívja a 101-es számot. Veszélyben hívja a 999-es számot. Vagy hívja a Crimestoppers számát: 0800 555 111.
trouble-form = Az űrlapot nem sikerült elolvasni. Menjen vissza az elejére, és próbálja újra.
trouble-large = Túl nagy volt, amit küldött. Küldjön kevesebb vagy kisebb képet.
trouble-wait = Innen most sok üzenet jön. Várjon egy percet, és próbálja újra.
trouble-missing = Ez az oldal nincs itt.
trouble-start = Vissza az elejére

messages-heading = Válasz keresése
messages-label = Átvételi szám
messages-hint = 28 számjegy, négyesével.
messages-button = Keresés
messages-none = Ehhez a számhoz még nincs válasz. Nem minden üzenet kap választ.
messages-closed = Választ még nem tudunk küldeni.
messages-some = Válaszok:
messages-wrong = Hiba van ebben a számban. Nézze át minden számjegyét.
messages-length = Az átvételi szám 28 számjegyből áll. Nézze meg, mindet beírta-e.
messages-trouble = Most nem tudjuk megnézni. Próbálja újra néhány perc múlva.

about-heading = Erről az oldalról
about-what = Az üzenete az önkormányzathoz és a rendőrséghez kerül. Ott egy csapat foglalkozik ezekkel a gondokkal.
about-kept = Nem őrizzük meg a nevét és a telefonszámát. Nem őrizzük meg a telefonja vagy számítógépe címét.
about-read = Csak ez a csapat tudja megnyitni az üzenetét. Küldés után ez a weboldal nem tudja megnyitni.
about-days = Ha az üzenetet senki nem veszi át, körülbelül { $count } nap után töröljük.
about-promise = Nem ígérhetünk meg mindent. A saját szavai elárulhatják, kicsoda Ön.
about-device = A telefonja emlékezhet arra, hogy itt járt. Törölje az előzményeket, ha valaki megnézheti.
about-network = A telefontársaság láthatja, hogy itt járt, de azt nem, hogy mit írt.
about-police = Más bűncselekménynél hívja a 101-es számot. A Crimestoppers száma 0800 555 111.

kept-heading = Mit őrzünk meg
kept-what = Megőrizzük, amit küld, a dátumot, a nyelvet és azt, milyen úton érkezett. Ha plakátról jött, annak a számát is.

keys-heading = Ki tudja megnyitni az üzenetét
keys-lede = Ezek a csapatok tudják megnyitni az üzenetét. Kérdezze meg a kulcsuk számát, és hasonlítsa össze.
keys-all = Minden üzenetet megnyit.
keys-some = Ezeket az üzeneteket nyitja meg:
keys-number = A száma:
experts-heading = Szakértőknek
lane-safeguarding = Veszélyben lévő emberek

others-heading = Mit tudnak mások
others-phone = A telefontársaságok ezt egy évig is megőrizhetik.
others-proxy = Egy gép ez előtt az oldal előtt látja a szavait, amikor áthaladnak rajta.
others-sms = Egy SMS olyan cégen is átmehet, amely nekünk fogad üzeneteket. A cég megőrizheti őket.
others-sms-name = A cég neve:

law-heading = Mit kérhet a törvény
law-give = Egy bíróság kötelezhet minket, hogy kiadjuk, amink van. A rendőrség is kérheti.
law-never = Nem adhatunk ki olyat, amit nem őrzünk meg. Nem őrizzük meg senki nevét, telefonszámát vagy telefonjának címét.
law-phone = A telefontársaságától is megkérdezhetik, járt-e itt. A Tor ezt elrejti.

promise-heading = Mit nem ígérhetünk meg
promise-moment = Ez a weboldal egy pillanatig látja a szavait, amíg elzárja őket.
promise-photo = Egy képről kiderülhet, melyik telefon készítette, a rejtett adatok nélkül is.

ways-heading = Hogyan szólhat nekünk: a legbiztonságosabb az első
ways-onion = A legbiztonságosabb: nyissa meg ezt a címet a Tor alkalmazásban. Elrejti, hogy itt járt.
ways-web = Utána: ez az oldal. A telefontársaság látja, hogy itt járt, de azt nem, mit írt.
ways-text = Végül: küldjön nekünk SMS-t. A szám:
ways-text-network = A telefontársaság tudja, hogy SMS-t küldött nekünk, mikor, és mi áll benne.
ways-text-phone = Az SMS a telefonján marad. Törölje, ha valaki megnézheti.
ways-text-cost = Annyiba kerül, mint bármely más SMS.
ways-text-answer = Nem jön rá válasz. Nem kell kétszer elküldeni.
ways-text-night = Éjjel nem olvassuk az SMS-eket. Veszélyben hívja a 999-et.
ways-no-onion = Ennek az oldalnak nincs saját címe a Tor alkalmazásban.

device-heading = Mi marad ezen a telefonon
device-leave = A piros gomb egy másik oldalra visz. Utána a Vissza gomb nem mutatja a szavait.
device-history = Az előzményekben továbbra is látszik, hogy itt járt. Ezen a néven:
device-clear-heading = Hogyan törölje az előzményeket
device-chrome = Chrome: koppintson a három pontra, aztán az Előzményekre. Koppintson az oldal melletti keresztre.
device-safari = iPhone: koppintson a könyvre, aztán az órára. Húzza ezt az oldalt balra, és törölje.
device-other = Más alkalmazások menüjében is ott vannak az előzmények.
device-one = Csak ezt az oldalt törölje. Az üres lista feltűnő lehet.
device-private = Legközelebb nyisson privát ablakot. Az nem őriz előzményeket.
device-photos = Az Ön készítette képek a telefonon maradnak. Törölje őket ott, és a törölt képek közül is.
device-spy = Egyes alkalmazások mindent figyelnek, ami a telefonon történik. Ha ettől tart, használjon másik telefont.

privacy-heading = Adatvédelem
privacy-who = Az adatokért felel:
privacy-nobody = A felelősök még nem írták ide a nevüket.
privacy-contact = Ide írhat nekik:
privacy-use-heading = Mire használják az adatokat
privacy-law = Ennek a törvénynek a neve UK GDPR. Megengedi az adatok használatát a bűnözés ellen és az emberek védelmére.
privacy-you = Amit ír, az Ön adata lehet, ha kiderül belőle, kicsoda Ön.
privacy-others = Azoknak az adata is lehet, akikről ír. Nekik is vannak jogaik.
privacy-true = Ezért csak azt írja meg, amit látott, hallott vagy elmondtak Önnek.
privacy-choice = Semmit sem kötelező elmondania.
privacy-shared = A csapat továbbadhatja, amit ír, a rendőrségnek, a lakásügyeseknek vagy a gondozóknak. Mindenki csak azt kapja meg, ami kell neki.
privacy-kept = Miután a csapat megnyitotta az üzenetet, ő dönti el, meddig őrzi meg.
privacy-person = Ember dönti el, mi történjen, nem gép.
privacy-rights-heading = Az Ön jogai
privacy-rights = Megkérdezheti, mit tudnak Önről. Kérheti, hogy javítsák ki, ne használják vagy töröljék az adatait.
privacy-limits = Nemet mondhatnak, ha az ártana egy ügynek vagy egy embernek.
privacy-find = Nem tudjuk, ki mit írt. Ezért lehet, hogy nem találják meg az üzenetét.
privacy-complain = Nem elégedett a válasszal? Szóljon az ICO-nak: 0303 123 1113 vagy ico.org.uk.

access-heading = Akadálymentesség
access-aim = Azt szeretnénk, hogy mindenki tudja használni ezt az oldalt. A célunk a WCAG 2.2, AA szint.
access-how = Nagyíthatja a szöveget, használhatja csak billentyűkkel, vagy felolvastathatja. Régi telefonon is működik.
access-tested = Eszközökkel ellenőrizzük. Kívülről senki sem ellenőrizte. Ezért azt mondjuk, hogy részben éri el a célt.
access-title = Minden oldalnak egy címe van, hogy senki se tudja, mit olvas.
access-draft = Anyanyelvi olvasó még nem látta ezt a szöveget. Lehet, hogy néhány szó hibás.
access-contact = Valami nehezen használható? Írjon ide:
access-complain = Nem elégedett a válasszal? Szóljon az EASS-nak: 0808 800 0082.

signs-heading = Mire figyeljen
signs-link = Jelek:
signs-safe = Ne menjen közel. Ne fényképezzen embereket vagy az otthonukat.
signs-back = Írja meg, mit látott

sign-visitors = Sokan jönnek-mennek szokatlan időben
sign-strangers = Új arcok vagy idegenek a kapucsengőnél
sign-unseen = Az ott lakót már nem látni
sign-scared = Az ott lakó ijedtnek vagy bántalmazottnak tűnik
sign-curtains = Egész nap behúzott függönyök
sign-door = Az ajtó törött vagy ki van támasztva
sign-noise = Kiabálás, verekedés vagy zaj
sign-litter = Szemeteszsákok, tűk vagy alufólia
sign-cars = Autók vagy kerékpárok rövid időre megállnak
sign-care = A gondozók már nem járnak oda
sign-deals = Apró dolgokat adnak pénzért
sign-shortstops = Autók egy percre megállnak, aztán továbbmennek
sign-needles = Tűk, alufólia vagy kis zacskók a földön
sign-lookouts = Emberek állnak és figyelnek
sign-phones = Egy fiatalnak sok telefonja van
sign-money = Egy fiatalnak új ruhája vagy készpénze van
sign-missing = Egy fiatal eltűnik otthonról
sign-injured = Egy fiatal megsérült vagy fél
sign-repeated = Ugyanaz a falfirka sok helyen
sign-crossed = Új falfirka egy régi fölött
sign-names = Nevek, számok vagy fenyegetések
sign-fresh = Ez új

sms-answer = Köszönjük. Megkaptuk az üzenetét.
sms-code = Átvételi szám:
sms-shut = Az üzenetét nem vettük át. Most itt senki sem olvas. Hívja a 101 vagy a 0800 555 111 számot. Veszélyben hívja a 999-et.

print-heading = Valami{"\u00A0"}nincs{"\u00A0"}rendben a{"\u00A0"}közelben?
print-lede = Mondja el nekünk. Nem kell megmondania, kicsoda.
print-scan = Olvassa be a kódot a telefon kamerájával
print-type = Vagy írja be ezt a címet:
print-later = Nem kell itt megtennie. Tegye meg később, ott, ahol biztonságban érzi magát.
print-phone = Olyan telefont használjon, amelybe más nem néz bele.
print-danger = Veszélyben van most valaki? Hívja a 999-et.

print-text-heading = Vagy küldjön SMS-t
print-text-number = Erre a számra:
print-text-code = Kezdje a plakát számával:
print-text-answer = Válasz nem jön. Nem kell kétszer elküldenie.
print-text-night = Éjszaka nem olvassuk az SMS-eket.
print-text-stays = Az SMS a telefonon marad. Törölje, ha valaki megnézheti.
print-text-cost = Annyiba kerül, mint egy sima SMS.

print-signs-heading = Mire figyeljen
print-safe-heading = Vigyázzon magára
print-safe-near = Ne menjen közel. Ne fényképezzen embereket vagy az otthonukat.
print-safe-name = Ne írja le a nevét, a lakcímét és a telefonszámát.
print-safe-night = Munkaidőben olvassuk az üzeneteket, éjszaka nem.

print-help-heading = Más segítség
print-help-999 = Azonnali veszély: 999
print-help-101 = Rendőrség, ha nem sürgős: 101
print-help-crimestoppers = Crimestoppers, név nélkül: 0800 555 111
print-help-childline = Childline, gyerekeknek és fiataloknak: 0800 1111
print-help-slavery = Modern Slavery Helpline (kényszermunka és kizsákmányolás): 08000 121 700
print-from = Az üzenete az önkormányzathoz és a rendőrséghez kerül. Egyetlen csapat olvassa el.
