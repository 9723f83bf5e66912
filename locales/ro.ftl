# DRAFT: no native reader has read this file yet. Romanian (română). When one has, set `draft = no`: see README.md here.

draft = yes
direction = ltr
language-name = Română
recognised-as = ron
title = Mesajul dumneavoastră
leave = Ieșiți acum din pagină
demo = Aceasta este o probă. Ce scrieți aici nu se trimite nicăieri.

lede-heading = Spuneți-ne ce ați văzut
lede-languages = Limba
lede = Mesajul ajunge la primărie și la poliție. Nu întrebăm cine sunteți.
lede-danger = Este cineva în pericol acum? Sunați la 999.
danger-now = Sunați acum la 999. Dacă nu puteți vorbi, apăsați 55 pe mobil când vi se cere. Noaptea nu citim mesajele.
lede-watched = Citim mesajele în timpul programului, nu noaptea.
reads-next = Data viitoare:
lede-device = Ar putea cineva să verifice acest telefon?
lede-other = Folosiți altul, dacă puteți.
lede-leave = Butonul roșu vă scoate repede de aici. Nu șterge istoricul.
lede-clears = Înapoi și aceste linkuri șterg ce ați scris.

optional = Puteți sări peste.
yes = Da
no = Nu
unsure = Nu știu

topic-label = Despre ce este vorba?
topic-graffiti = Graffiti sau semne pe ziduri
topic-cuckooing = O locuință ocupată de vânzători de droguri
topic-drugs = Vânzare sau consum de droguri
topic-other = Altceva
what-label = Ce ați văzut sau auzit?
what-hint = Nu scrieți numele dumneavoastră, unde locuiți sau ce telefon aveți.
where-label = Unde este?
where-hint = O stradă, o clădire sau un loc din apropiere.
when-label = Când se întâmplă?
when-hint = O zi, un moment al zilei sau cât de des.
ongoing-label = Se mai întâmplă și acum?
danger-label = Este cineva în pericol?
child-label = Ar putea fi un copil în pericol?
more = Mai multe întrebări
impact-label = Cum vă afectează pe dumneavoastră sau zona?
vehicle-label = Este vreo mașină, bicicletă, motocicletă sau dubă?
vehicle-hint = Numărul de înmatriculare, marca sau culoarea.
how-label = De unde știți?
how-saw = Am văzut sau am auzit eu
how-told = Mi-a spus cineva
how-guess = Așa cred
how-unsaid = Nu vreau să spun
offensive-label = Semnul este rasist, arată ură sau este o amenințare
signs-label = Ați văzut ceva din lista aceasta?

photos-label = Fotografii
photos-hint = Doar pentru graffiti și doar dacă nu vă puneți în pericol. Cel mult 4 fotografii.
photos-never = Nu vă apropiați niciodată de vânzătorii de droguri sau de casele lor pentru o fotografie.
photos-clean = Ștergem datele ascunse, de exemplu locul în care a fost făcută fotografia.
honeypot-label = Lăsați acest câmp gol

button-check = Verificați înainte de a trimite
button-send = Trimiteți
button-recheck = Verificați din nou

check-heading = Verificați ce trimiteți
check-lede = Primim doar acestea, limba dumneavoastră și data de azi.
check-back = Nu apăsați Înapoi: se șterge ce ați scris.
check-change = Schimbați ceva
check-marks = Aceste cuvinte pot arăta cine sunteți. Schimbați-le dacă puteți.
check-clear = Nu am găsit cuvinte care arată cine sunteți. Uitați-vă și dumneavoastră.
check-busy = Nu am putut verifica toate aceste cuvinte. Vedeți dacă arată cine sunteți.
check-unread = Nu putem verifica cuvintele în această limbă. Vedeți dacă arată cine sunteți.
check-more = Și mai sunt și altele ca acestea.
check-photo = Fotografia { $count }
check-photo-bare = Nu era nimic ascuns în ea.
check-photo-removed = Am șters:
check-photo-drop = Nu trimiteți această fotografie
check-code = Trimiteți și numărul afișului. El arată ce afiș ați văzut, nu cine sunteți:
check-photo-look = Priviți fotografiile încă o dată. O față, o fereastră sau un număr de mașină poate arăta cine sunteți.
check-photo-safe = Ați adăugat fotografii la un mesaj despre o locuință. Este sigur să le trimiteți?

# Between the words of a list, and at its end.
list-comma = {", "}
list-stop = .

removed-gps = locul
removed-camera = telefonul sau aparatul foto
removed-time = data și ora
removed-text = nume și note
removed-thumbnail = o copie mică a fotografiei
removed-profile = date despre culori
removed-trailer = date de după fotografie
removed-other = alte date ascunse

mark-email = O adresă de e-mail:
mark-phone = Un număr de telefon:
mark-contact = Un mod de a vă contacta:
mark-name = Numele dumneavoastră:
mark-home = Unde locuiți:
mark-neighbour = Cât de aproape locuiți:
mark-family = Familia sau prietenii dumneavoastră:
mark-work = Munca dumneavoastră:
mark-only = Ceva ce știu puțini oameni:

receipt-heading = Am primit mesajul dumneavoastră
receipt-lede = Numărul confirmării este:
receipt-again = Aveam deja acest mesaj. Este păstrat o singură dată.
receipt-hidden = Numărul lui nu îl mai arătăm.
receipt-keep = Notați-l dacă nu e periculos. Nu îl putem arăta din nou.
receipt-use = Cu acest număr puteți căuta mai târziu un răspuns.
receipt-proof = Acest număr dovedește că mesajul este al dumneavoastră. Încă nu putem trimite răspunsuri.
receipt-risk = Oricine găsește numărul poate citi răspunsul. Dacă e periculos, nu îl păstrați.
receipt-keep-heading = Păstrați numărul
receipt-disguise = Îl puteți nota ca altceva, de exemplu un număr de client.
receipt-links = Dacă scrieți din nou cu el, vedem că mesajele merg împreună.
receipt-lost = Dacă îl pierdeți, nu îl putem găsi. Nu știm cine sunteți.
receipt-not-heading = Nu am nevoie de el
receipt-not = Atunci plecați de pe pagină. O persoană vă citește mesajul oricum.
receipt-next = O persoană va citi mesajul. Poate că nu vă vom putea spune ce se întâmplă mai departe.
receipt-close = Puteți închide această pagină acum.
receipt-messages = Căutați un răspuns
help-heading = Este locuința dumneavoastră? Puteți primi ajutor.
help-victims = Ajutor pentru victime:
help-slavery = Constrângere sau exploatare:
help-housing = O locuință sigură:
help-debt = Sfaturi pentru datorii:
help-police = Este vorba de cineva din poliție? Sunați la Crimestoppers: 0800 085 0000.
help-council = Este cineva de la primărie? Scrieți la:

problem-heading = Există o problemă
problem-topic = Alegeți despre ce este vorba.
problem-what = Spuneți-ne ce ați văzut.
problem-long = { $count ->
    [one] Textul este prea lung cu { $count } caracter. Vă rugăm să îl scurtați.
    [few] Textul este prea lung cu { $count } caractere. Vă rugăm să îl scurtați.
   *[other] Textul este prea lung cu { $count } de caractere. Vă rugăm să îl scurtați.
}
problem-token = Pagina a stat deschisă prea mult. Textul este încă aici. Trimiteți din nou.
problem-photos-many = Puteți trimite cel mult 4 fotografii. Pe celelalte nu le-am luat.
problem-photos-gone = Fotografiile au așteptat prea mult, așa că le-am șters. Alegeți-le din nou sau trimiteți fără ele.
problem-photos-room = Nu putem primi fotografii acum. Puteți trimite textul fără ele.
problem-photos-added = Am adăugat fotografiile. Uitați-vă la ele, apoi trimiteți.
problem-photo-count = Fotografia { $count }:
problem-broken = Încărcarea s-a întrerupt. Textul este încă aici. Adăugați din nou fotografiile.
problem-cut = Textul era mult prea lung, așa că i-am tăiat sfârșitul.
problem-odd = Cu formularul a venit ceva ce nu cunoaștem. Nu am primit acel lucru.

photo-not-an-image = Acest fișier nu este o fotografie.
photo-heic = Nu putem citi acest fel de fotografie (HEIC). Faceți o captură de ecran și alegeți-o pe aceea.
photo-format = Nu putem citi acest fel de fișier. Alegeți o fotografie JPEG, PNG sau WebP.
photo-bytes = Această fotografie este prea mare. Limita este de 24 MB.
photo-pixels = Această fotografie este prea mare. Faceți o captură de ecran și alegeți-o pe aceea.
photo-broken = Această fotografie este stricată sau neobișnuită. Faceți o captură de ecran sau alegeți alta.
photo-empty = Această fotografie a ajuns goală. Deschideți-o întâi pe telefon, apoi alegeți-o din nou.
photo-busy = Lucrăm la alte fotografii. Adăugați-o din nou peste un minut.

date = { $weekday } { $day }.{ $month }
weekday-1 = luni
weekday-2 = marți
weekday-3 = miercuri
weekday-4 = joi
weekday-5 = vineri
weekday-6 = sâmbătă
weekday-7 = duminică

door-unread = Nimeni nu a citit mesaje aici de multe zile.
door-shut = Acum nu putem primi mesaje
door-shut-why = Nu este nimeni care să le citească.
door-kept = Nu s-a trimis nimic. Cuvintele sunt încă pe această pagină.
door-closed = Această pagină este închisă
door-closed-why = Nu mai primim mesaje aici.

trouble-heading = Nu am primit mesajul dumneavoastră
trouble-kept = Nu s-a trimis nimic. Textul este încă aici. Încercați din nou peste câteva minute.
trouble-again = Încă nu s-a trimis nimic. Textul este încă aici. Așteptați câteva secunde, apoi trimiteți din nou.
trouble-other = Dacă nu se poate aștepta, sunați la 101. În caz de pericol sunați la 999. Sau sunați la Crimestoppers: 0800 555 111.
trouble-form = Formularul nu a putut fi citit. Mergeți la început și încercați din nou.
trouble-large = Ce ați trimis este prea mare. Trimiteți mai puține fotografii sau fotografii mai mici.
trouble-wait = Acum vin multe mesaje de aici. Așteptați un minut și încercați din nou.
trouble-missing = Această pagină nu există.
trouble-start = Mergeți la început

messages-heading = Căutați un răspuns
messages-label = Numărul confirmării
messages-hint = 28 de cifre, în grupe de patru.
messages-button = Căutați
messages-none = Încă nu există un răspuns pentru acest număr. Nu răspundem la fiecare mesaj.
messages-closed = Încă nu putem trimite răspunsuri.
messages-some = Răspunsul nostru:
messages-wrong = Este o greșeală în acest număr. Verificați fiecare cifră.
messages-length = Numărul are 28 de cifre. Verificați dacă le-ați scris pe toate.
messages-trouble = Nu putem căuta acum. Încercați din nou peste câteva minute.
stage-received = Avem mesajul dumneavoastră.
stage-read = O persoană a citit mesajul dumneavoastră.
stage-passed-on = Am transmis mesajul mai departe.
stage-finished = Am terminat cu mesajul dumneavoastră.
messages-older = Arătați răspunsul dinainte
messages-answer = Scrieți-ne cu acest număr
messages-danger = Cineva este în pericol.
messages-child = Un copil ar putea fi în pericol.
messages-sent = Avem cuvintele dumneavoastră. Le punem lângă primul mesaj.
messages-empty = Scrieți mai întâi ceva.
messages-still = Încă se întâmplă
messages-day = În ce zi?
messages-time = La ce oră?
messages-day-missing = Alegeți ziua.
messages-forget = Uitați asta
messages-forget-why = Ștergem toate răspunsurile la acest număr. Dacă îl folosiți din nou, un răspuns nou poate veni cu până la două săptămâni mai târziu.
messages-forget-staff = Păstrăm cuvintele până când se uită două persoane. Durează cel puțin șapte zile.
messages-forget-now = Uitați acum
messages-forgotten = Gata. Acest număr nu mai deschide niciun răspuns. Dacă îl folosiți din nou, un răspuns nou poate veni cu până la două săptămâni mai târziu.
messages-late = Pagina a fost deschisă prea mult timp. Scrieți numărul din nou.

about-heading = Despre această pagină
about-what = Mesajul ajunge la primărie și la poliție. O echipă de acolo se ocupă de aceste probleme.
about-kept = Nu păstrăm numele sau numărul dumneavoastră de telefon. Nu păstrăm adresa telefonului sau a calculatorului.
about-read = Doar acea echipă poate deschide mesajul. După trimitere, acest site nu îl mai poate deschide.
about-days = { $count ->
    [one] Dacă nimeni nu preia mesajul, îl ștergem după aproximativ { $count } zi.
    [few] Dacă nimeni nu preia mesajul, îl ștergem după aproximativ { $count } zile.
   *[other] Dacă nimeni nu preia mesajul, îl ștergem după aproximativ { $count } de zile.
}
about-promise = Nu putem promite totul. Chiar cuvintele dumneavoastră pot arăta cine sunteți.
about-device = Telefonul poate ține minte că ați fost aici. Ștergeți istoricul dacă cineva s-ar putea uita.
about-network = Compania de telefonie poate vedea că ați fost aici, dar nu și ce ați scris.
about-police = Pentru alte infracțiuni sunați la 101. Numărul Crimestoppers este 0800 555 111.

kept-heading = Ce păstrăm
kept-what = Păstrăm ce trimiteți, ziua, limba și calea pe care a ajuns la noi. Dacă ați venit de la un afiș, păstrăm și numărul lui.

keys-heading = Cine vă poate deschide mesajul
keys-lede = Aceste echipe vă pot deschide mesajul. Le puteți cere numărul cheii și îl puteți compara.
keys-all = Deschide toate mesajele.
keys-some = Deschide mesajele despre:
keys-none = Deschide doar ce îi răspund oamenii.
keys-number = Numărul ei:
experts-heading = Pentru experți
lane-safeguarding = Oameni în pericol

others-heading = Ce știu alții
others-phone = Companiile de telefonie pot păstra asta un an.
others-proxy = Un calculator din fața acestei pagini vede cuvintele dumneavoastră când trec prin el.
others-sms = Un SMS poate trece și printr-o firmă care primește mesaje pentru noi. Ea le poate păstra.
others-sms-name = Firma este:

law-heading = Ce poate cere legea
law-give = Un tribunal ne poate obliga să dăm ce avem. Și poliția poate cere.
law-never = Nu putem da ce nu păstrăm. Nu păstrăm niciun nume, niciun număr de telefon și nicio adresă de telefon.
law-phone = Pot întreba și compania dumneavoastră de telefonie dacă ați fost aici. Tor ascunde asta.

promise-heading = Ce nu putem promite
promise-moment = Acest site vă vede cuvintele o clipă, cât timp le încuie.
promise-photo = O fotografie poate arăta ce telefon a făcut-o, chiar și fără datele ascunse.

ways-heading = Cum ne puteți spune, de la cel mai sigur mod
ways-onion = Cel mai sigur: deschideți această adresă în aplicația Tor. Ea ascunde că ați fost aici.
ways-web = Apoi: această pagină. Compania de telefonie vede că ați intrat aici, nu ce ați scris.
ways-text = Ultimul: trimiteți-ne un SMS. Numărul este:
ways-text-network = Compania de telefonie știe că ne-ați trimis un SMS, când și ce scrie în el.
ways-text-phone = SMS-ul rămâne în telefon. Ștergeți-l dacă se poate uita cineva.
ways-text-cost = Costă la fel ca orice alt SMS.
ways-text-answer = Nu veți primi răspuns. Nu trebuie să îl trimiteți de două ori.
ways-text-night = Nu citim SMS-urile noaptea. În pericol sunați la 999.
ways-no-onion = Această pagină nu are o adresă proprie în aplicația Tor.

device-heading = Ce rămâne în acest telefon
device-leave = Butonul roșu deschide alt site. După aceea, butonul Înapoi nu vă mai arată cuvintele.
device-history = Istoricul arată în continuare că ați fost aici. Apare cu acest nume:
device-clear-heading = Cum ștergeți istoricul
device-chrome = Chrome: atingeți cele trei puncte, apoi Istoric. Atingeți crucea de lângă această pagină.
device-safari = iPhone: atingeți cartea, apoi ceasul. Trageți această pagină spre stânga și ștergeți-o.
device-other = Și alte aplicații au istoricul în meniu.
device-one = Ștergeți doar această pagină. Un istoric gol poate părea ciudat.
device-private = Data viitoare deschideți o fereastră privată. Ea nu păstrează istoricul.
device-photos = Fotografiile făcute rămân în telefon. Ștergeți-le de acolo și din locul unde stau cele șterse.
device-spy = Unele aplicații urmăresc tot ce se face pe telefon. Dacă vă temeți de asta, folosiți alt telefon.

privacy-heading = Confidențialitate
privacy-who = De date răspunde:
privacy-nobody = Cei care răspund nu și-au scris încă numele aici.
privacy-contact = Scrieți-le aici:
privacy-use-heading = Cum sunt folosite datele
privacy-law = Această lege se numește UK GDPR. Ea permite folosirea datelor pentru a opri infracțiuni și a proteja oameni.
privacy-you = Ce scrieți poate fi o informație despre dumneavoastră, dacă arată cine sunteți.
privacy-others = Poate fi și o informație despre oamenii despre care scrieți. Și ei au drepturi.
privacy-true = Scrieți deci doar ce ați văzut, ați auzit sau vi s-a spus.
privacy-choice = Nu sunteți obligat sau obligată să ne spuneți ceva.
privacy-shared = Echipa poate da mai departe ce scrieți la poliție, la locuințe sau la servicii sociale. Fiecare primește doar ce îi trebuie.
privacy-kept = După ce deschide mesajul, echipa hotărăște cât timp îl păstrează.
privacy-person = Un om hotărăște ce se face, nu o mașină.
privacy-rights-heading = Drepturile dumneavoastră
privacy-rights = Puteți întreba ce știu despre dumneavoastră. Puteți cere să corecteze datele, să nu le mai folosească sau să le șteargă.
privacy-limits = Pot refuza dacă asta ar dăuna unui caz sau unui om.
privacy-find = Nu știm cine ce a scris. De aceea s-ar putea să nu vă găsească mesajul.
privacy-complain = Nu vă mulțumește răspunsul? Spuneți la ICO: 0303 123 1113 sau ico.org.uk.

access-heading = Accesibilitate
access-aim = Vrem ca oricine să poată folosi această pagină. Scopul nostru este WCAG 2.2, nivelul AA.
access-how = Puteți mări textul, folosi doar tastatura sau asculta textul citit. Merge și pe telefoane vechi.
access-tested = O verificăm cu unelte. Nimeni din afară nu a verificat-o. De aceea spunem că atinge scopul în parte.
access-title = Toate paginile au un singur titlu, ca nimeni să nu știe ce citiți.
access-draft = Niciun vorbitor nativ nu a citit încă acest text. Unele cuvinte pot fi greșite.
access-contact = Este ceva greu de folosit? Scrieți la:
access-complain = Nu vă mulțumește răspunsul? Spuneți la EASS: 0808 800 0082.

signs-heading = La ce să fiți atenți
signs-link = Semne:
signs-safe = Nu vă apropiați. Nu fotografiați oameni sau casele lor.
signs-back = Spuneți-ne ce ați văzut

sign-visitors = Mulți oameni vin și pleacă la ore ciudate
sign-strangers = Fețe noi sau străini la interfon
sign-unseen = Persoana care locuiește acolo nu mai este văzută
sign-scared = Persoana care locuiește acolo pare speriată sau rănită
sign-curtains = Perdele trase toată ziua
sign-door = Ușa este stricată sau ținută deschisă
sign-noise = Strigăte, bătăi sau zgomot
sign-litter = Saci de gunoi, ace sau folie
sign-cars = Mașini sau biciclete care opresc puțin timp
sign-care = Îngrijitorii nu mai vin
sign-deals = Se dau lucruri mici pe bani
sign-shortstops = Mașini care opresc un minut și pleacă
sign-needles = Ace, folie sau punguțe pe jos
sign-lookouts = Oameni care stau și pândesc
sign-phones = O persoană tânără are multe telefoane
sign-money = O persoană tânără are haine noi sau bani
sign-missing = O persoană tânără dispare de acasă
sign-injured = O persoană tânără este rănită sau speriată
sign-repeated = Același semn în multe locuri
sign-crossed = Un semn nou pictat peste unul vechi
sign-names = Nume, numere sau amenințări
sign-fresh = Este ceva nou

sms-answer = Mulțumim. Am primit mesajul dumneavoastră.
sms-code = Numărul confirmării:
sms-shut = Nu am primit mesajul. Nimeni nu citește aici acum. Sunați la 101 sau 0800 555 111. În pericol sunați la 999.

print-heading = Se{"\u00A0"}întâmplă ceva{"\u00A0"}în{"\u00A0"}neregulă în{"\u00A0"}apropiere?
print-lede = Spuneți-ne. Nu trebuie să spuneți cine sunteți.
print-scan = Scanați codul cu camera telefonului
print-type = Sau scrieți această adresă:
print-later = Nu trebuie să faceți asta aici. Faceți-o mai târziu, acolo unde vă simțiți în siguranță.
print-phone = Folosiți un telefon la care nu se uită nimeni altcineva.
print-danger = Este cineva în pericol acum? Sunați la 999.

print-text-heading = Sau trimiteți un SMS
print-text-number = La acest număr:
print-text-code = Începeți cu numărul de afiș:
print-text-answer = Nu veți primi răspuns. Nu trebuie să trimiteți de două ori.
print-text-night = Nu citim mesajele SMS noaptea.
print-text-stays = Mesajul rămâne în telefon. Ștergeți-l dacă s-ar putea uita cineva.
print-text-cost = Costă cât un SMS obișnuit.

print-signs-heading = La ce să vă uitați
print-safe-heading = Rămâneți în siguranță
print-safe-near = Nu vă apropiați. Nu fotografiați oameni sau casele lor.
print-safe-name = Nu scrieți numele dumneavoastră, unde locuiți sau ce telefon aveți.
print-safe-night = Citim mesajele în timpul programului de lucru, nu noaptea.

print-help-heading = Alt ajutor
print-help-999 = Pericol acum: 999
print-help-101 = Poliția, când nu este urgent: 101
print-help-crimestoppers = Crimestoppers, fără nume: 0800 555 111
print-help-childline = Childline, pentru copii și tineri: 0800 1111
print-help-slavery = Modern Slavery Helpline (muncă forțată și exploatare): 08000 121 700
print-from = Mesajul dumneavoastră ajunge la primărie și la poliție. Îl citește o singură echipă.

said-heading = Voi ați spus, noi am făcut
said-about = Ce ne-au spus oamenii și ce s-a făcut.
said-choose = Alegeți partea dumneavoastră de oraș.
said-others = Vedeți altă parte a orașului
said-few = Prea puține ca să le arătăm, sau niciuna.
said-ward-month = Fiecare lună, doar pentru acest cartier:
said-ward-quarter = Trei luni, doar pentru acest cartier:
said-team-quarter = Trei luni, pentru zona de poliție:
said-city-quarter = Trei luni, pentru tot orașul:
said-city-year = Un an, pentru tot orașul:
said-reported = Sesizări primite:
said-passed = Trimise unei echipe care poate acționa:
said-acted = S-a făcut ceva:
said-cleaned = S-a curățat:
said-secured = Locuințe securizate:
said-support = Oameni ajutați:
said-enforced = A acționat poliția sau un tribunal:
said-count = aproximativ { $count }
said-most = cele mai multe
said-twice = Dacă mulți oameni sesizează același lucru, îl numărăm o dată.
said-unnamed = O sesizare fără loc este numărată doar pentru tot orașul.
said-rounded = Rotunjim fiecare număr la 5. Nu arătăm niciodată un număr sub 10.
said-late = Fiecare număr are cel puțin o lună. Nu îl schimbăm mai târziu.
