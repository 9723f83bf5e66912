# DRAFT: no native reader has read this file yet. Lithuanian (lietuvių). When one has, set `draft = no`: see README.md here.

draft = yes
direction = ltr
language-name = Lietuvių
recognised-as = lit
title = Jūsų žinutė
leave = Palikti šį puslapį dabar
demo = Tai bandomoji versija. Tai, ką įrašysite, niekur nebus išsiųsta.

lede-heading = Papasakokite, ką matėte
lede-languages = Kalba
lede = Jūsų žinutę gauna savivaldybė ir policija. Neklausiame, kas jūs.
lede-danger = Ar kam nors dabar gresia pavojus? Skambinkite 999.
danger-now = Skambinkite 999 dabar. Jei negalite kalbėti, mobiliajame paspauskite 55, kai paprašys. Naktį šito neskaitome.
lede-watched = Žinutes skaitome darbo valandomis, ne naktį.
reads-next = Kitą kartą:
lede-device = Ar kas nors gali patikrinti šį telefoną?
lede-other = Jei galite, naudokitės kitu.
lede-leave = Raudonas mygtukas greitai nuves jus iš čia. Istorijos jis neištrina.
lede-clears = Mygtukas „Atgal“ ir šios nuorodos ištrina jūsų žodžius.

optional = Galite praleisti.
yes = Taip
no = Ne
unsure = Nežinau

topic-label = Apie ką norite pranešti?
topic-graffiti = Piešiniai ar užrašai ant sienų
topic-cuckooing = Namai, kuriuos užėmė narkotikų prekeiviai
topic-drugs = Narkotikų pardavimas ar vartojimas
topic-other = Kas nors kita
what-label = Ką matėte ar girdėjote?
what-hint = Nerašykite savo vardo, adreso ir telefono numerio.
where-label = Kur tai yra?
where-hint = Gatvė, pastatas ar vieta netoliese.
when-label = Kada tai vyksta?
when-hint = Diena, paros metas arba kaip dažnai.
ongoing-label = Ar tai vis dar vyksta?
danger-label = Ar kam nors gresia pavojus?
child-label = Ar pavojus gali grėsti vaikui?
more = Daugiau klausimų
impact-label = Kaip tai veikia jus ar apylinkę?
vehicle-label = Ar yra automobilis, dviratis, motociklas ar furgonas?
vehicle-hint = Valstybinis numeris, markė ar spalva.
how-label = Iš kur tai žinote?
how-saw = Tai mačiau ar girdėjau
how-told = Man kažkas pasakė
how-guess = Man taip atrodo
how-unsaid = Nenoriu sakyti
offensive-label = Užraše yra rasizmo, neapykantos ar grasinimų
signs-label = Ar matėte ką nors iš šio sąrašo?

photos-label = Nuotraukos
photos-hint = Tik piešinių ar užrašų nuotraukos ir tik jei tai saugu. Ne daugiau kaip 4 nuotraukos.
photos-never = Niekada nesiartinkite prie narkotikų prekeivių ar jų namų, kad nufotografuotumėte.
photos-clean = Pašaliname paslėptus duomenis, pavyzdžiui, kur nuotrauka padaryta.
honeypot-label = Palikite šį lauką tuščią

button-check = Patikrinti prieš siunčiant
button-send = Siųsti
button-recheck = Patikrinti dar kartą

check-heading = Patikrinkite, ką siunčiate
check-lede = Gausime tik tai, jūsų kalbą ir šios dienos datą.
check-back = Nespauskite „Atgal“: tai ištrins jūsų žodžius.
check-change = Ką nors pakeisti
check-marks = Šie žodžiai gali parodyti, kas jūs. Jei galite, pakeiskite juos.
check-clear = Neradome žodžių, kurie parodytų, kas jūs. Pažiūrėkite ir patys.
check-busy = Negalėjome patikrinti visų šių žodžių. Pažiūrėkite, ar jie neparodo, kas jūs.
check-unread = Žodžių šia kalba patikrinti negalime. Pažiūrėkite, ar jie neparodo, kas jūs.
check-more = Ir yra daugiau tokių.
check-photo = Nuotrauka Nr. { $count }
check-photo-bare = Joje nebuvo nieko paslėpto.
check-photo-removed = Pašalinome:
check-photo-drop = Nesiųsti šios nuotraukos
check-code = Siųsti ir plakato numerį. Jis rodo, kuris tai plakatas, o ne kas jūs:
check-photo-look = Pažiūrėkite į nuotraukas dar kartą. Veidas, langas ar automobilio numeris gali parodyti, kas jūs.
check-photo-safe = Prie pranešimo apie namus pridėjote nuotraukų. Ar saugu jas siųsti?

# Between the words of a list, and at its end.
list-comma = {", "}
list-stop = .

removed-gps = vietą
removed-camera = telefono ar fotoaparato duomenis
removed-time = datą ir laiką
removed-text = vardus ir pastabas
removed-thumbnail = mažą nuotraukos kopiją
removed-profile = spalvų duomenis
removed-trailer = duomenis už nuotraukos
removed-other = kitus paslėptus duomenis

mark-email = El. pašto adresas:
mark-phone = Telefono numeris:
mark-contact = Kaip su jumis susisiekti:
mark-name = Jūsų vardas:
mark-home = Kur gyvenate:
mark-neighbour = Kaip arti gyvenate:
mark-family = Jūsų šeima ar draugai:
mark-work = Jūsų darbas:
mark-only = Tai, ką žino nedaug žmonių:

receipt-heading = Jūsų žinutę gavome
receipt-lede = Jūsų kvito numeris:
receipt-again = Šią žinutę jau turėjome. Ji saugoma vieną kartą.
receipt-hidden = Jos numerio dar kartą nerodome.
receipt-keep = Užsirašykite jį, jei tai saugu. Dar kartą jo parodyti negalime.
receipt-use = Su šiuo numeriu vėliau galite pažiūrėti, ar yra atsakymas.
receipt-proof = Šis numeris įrodo, kad pranešimas jūsų. Atsakymų dar negalime siųsti.
receipt-risk = Kas ras numerį, galės perskaityti atsakymą. Jei tai pavojinga, numerio nelaikykite.
receipt-keep-heading = Pasilaikyti numerį
receipt-disguise = Galite jį užsirašyti kaip ką kita, pavyzdžiui, kliento numerį.
receipt-links = Jei su juo rašysite vėl, matysime, kad žinutės susijusios.
receipt-lost = Jei jį pamesite, surasti negalėsime. Nežinome, kas jūs.
receipt-not-heading = Man jo nereikia
receipt-not = Tada tiesiog išeikite. Jūsų žinutę vis tiek perskaitys žmogus.
receipt-next = Jūsų žinutę perskaitys žmogus. Gali būti, kad negalėsime pasakyti, kas bus toliau.
receipt-close = Dabar galite uždaryti šį puslapį.
receipt-messages = Ieškoti atsakymo
help-heading = Ar tai jūsų namai? Galite gauti pagalbą.
help-victims = Pagalba nukentėjusiems:
help-slavery = Prievarta ar išnaudojimas:
help-housing = Saugus būstas:
help-debt = Pagalba dėl skolų:
help-police = Ar tai policijos darbuotojas? Skambinkite „Crimestoppers“: 0800 085 0000.
help-council = Ar tai savivaldybės darbuotojas? Rašykite:

problem-heading = Yra problema
problem-topic = Pasirinkite, apie ką norite pranešti.
problem-what = Parašykite, ką matėte.
problem-long = { $count ->
    [one] Tekstas per ilgas { $count } ženklu. Sutrumpinkite jį.
    [few] Tekstas per ilgas { $count } ženklais. Sutrumpinkite jį.
    [many] Tekstas per ilgas { $count } ženklo. Sutrumpinkite jį.
   *[other] Tekstas per ilgas { $count } ženklų. Sutrumpinkite jį.
}
problem-token = Šis puslapis buvo atidarytas per ilgai. Jūsų tekstas vis dar čia. Siųskite dar kartą.
problem-photos-many = Galima siųsti ne daugiau kaip 4 nuotraukas. Kitų nepaėmėme.
problem-photos-gone = Nuotraukos laukė per ilgai, todėl jas ištrynėme. Pasirinkite jas iš naujo arba siųskite be jų.
problem-photos-room = Dabar negalime priimti nuotraukų. Tekstą galite siųsti be jų.
problem-photos-added = Pridėjome nuotraukas. Pažiūrėkite į jas, tada siųskite.
problem-photo-count = Nuotrauka Nr. { $count }:
problem-broken = Siuntimas nutrūko. Jūsų tekstas vis dar čia. Pridėkite nuotraukas dar kartą.
problem-cut = Tekstas buvo daug per ilgas, todėl nukirpome galą.
problem-odd = Su forma atėjo kažkas, ko nežinome. To nepriėmėme.

photo-not-an-image = Šis failas nėra nuotrauka.
photo-heic = Tokios rūšies nuotraukos (HEIC) perskaityti negalime. Padarykite ekrano kopiją ir pasirinkite ją.
photo-format = Tokios rūšies failo perskaityti negalime. Pasirinkite JPEG, PNG arba WebP nuotrauką.
photo-bytes = Ši nuotrauka per didelė. Riba yra 24 MB.
photo-pixels = Ši nuotrauka per didelė. Padarykite ekrano kopiją ir pasirinkite ją.
photo-broken = Ši nuotrauka sugadinta arba retos rūšies. Padarykite ekrano kopiją arba pasirinkite kitą.
photo-empty = Ši nuotrauka atėjo tuščia. Pirma atverkite ją telefone, tada pasirinkite dar kartą.
photo-busy = Dabar tvarkome kitas nuotraukas. Pridėkite ją dar kartą po minutės.

date = { $month }-{ $day }, { $weekday }
weekday-1 = pirmadienis
weekday-2 = antradienis
weekday-3 = trečiadienis
weekday-4 = ketvirtadienis
weekday-5 = penktadienis
weekday-6 = šeštadienis
weekday-7 = sekmadienis

door-unread = Jau daug dienų čia niekas neskaitė žinučių.
door-shut = Dabar žinučių priimti negalime
door-shut-why = Nėra kam jų perskaityti.
door-kept = Niekas neišsiųsta. Jūsų žodžiai tebėra šiame puslapyje.
door-closed = Šis puslapis uždarytas
door-closed-why = Čia žinučių nebepriimame.

trouble-heading = Jūsų žinutės negavome
trouble-kept = Niekas nebuvo išsiųsta. Jūsų tekstas vis dar čia. Bandykite dar kartą po kelių minučių.
trouble-again = Dar niekas nebuvo išsiųsta. Jūsų tekstas vis dar čia. Palaukite kelias sekundes ir siųskite dar kartą.
trouble-other = Jei negalima laukti, skambinkite 101. Jei gresia pavojus, skambinkite 999. Arba skambinkite „Crimestoppers“ numeriu 0800 555 111.
trouble-form = Formos perskaityti nepavyko. Grįžkite į pradžią ir bandykite dar kartą.
trouble-large = Siunčiate per daug. Siųskite mažiau nuotraukų arba mažesnes.
trouble-wait = Dabar iš čia ateina daug žinučių. Palaukite minutę ir bandykite dar kartą.
trouble-missing = Tokio puslapio čia nėra.
trouble-start = Į pradžią

messages-heading = Ieškoti atsakymo
messages-label = Kvito numeris
messages-hint = 28 skaitmenys grupėmis po keturis.
messages-button = Ieškoti
messages-none = Šiam numeriui atsakymo dar nėra. Atsakome ne į kiekvieną žinutę.
messages-closed = Atsakymų dar negalime siųsti.
messages-some = Mūsų atsakymas:
messages-wrong = Šiame numeryje yra klaida. Patikrinkite kiekvieną skaitmenį.
messages-length = Kvito numeryje yra 28 skaitmenys. Patikrinkite, ar įrašėte visus.
messages-trouble = Dabar patikrinti negalime. Bandykite dar kartą po kelių minučių.
stage-received = Jūsų žinutę turime.
stage-read = Jūsų žinutę perskaitė žmogus.
stage-passed-on = Jūsų žinutę perdavėme toliau.
stage-finished = Darbą su jūsų žinute baigėme.
messages-older = Rodyti ankstesnį atsakymą
messages-answer = Parašykite mums su šiuo numeriu
messages-danger = Kažkam gresia pavojus.
messages-child = Pavojus gali grėsti vaikui.
messages-sent = Jūsų žodžius gavome. Pridedame juos prie pirmosios žinutės.
messages-empty = Pirma ką nors parašykite.
messages-still = Tai vis dar vyksta
messages-day = Kurią dieną?
messages-time = Kelintą valandą?
messages-day-missing = Pasirinkite dieną.
messages-forget = Pamiršti tai
messages-forget-why = Ištriname visus šio numerio atsakymus. Jei šį numerį naudosite vėl, naujas atsakymas gali ateiti iki dviejų savaičių vėliau.
messages-forget-staff = Jūsų žodžius laikome, kol juos peržiūri du žmonės. Tai trunka bent septynias dienas.
messages-forget-now = Pamiršti dabar
messages-forgotten = Padaryta. Šis numeris jau neatveria jokio atsakymo. Jei šį numerį naudosite vėl, naujas atsakymas gali ateiti iki dviejų savaičių vėliau.
messages-late = Šis puslapis buvo atvertas per ilgai. Įrašykite numerį dar kartą.

about-heading = Apie šį puslapį
about-what = Jūsų žinutę gauna savivaldybė ir policija. Šias problemas ten sprendžia viena komanda.
about-kept = Nesaugome jūsų vardo ir telefono numerio. Nesaugome jūsų telefono ar kompiuterio adreso.
about-read = Tik ta komanda gali atidaryti jūsų žinutę. Išsiuntus ši svetainė jos atidaryti negali.
about-days = { $count ->
    [one] Jei niekas žinutės nepasiima, ištriname ją maždaug po { $count } dienos.
    [few] Jei niekas žinutės nepasiima, ištriname ją maždaug po { $count } dienų.
    [many] Jei niekas žinutės nepasiima, ištriname ją maždaug po { $count } dienos.
   *[other] Jei niekas žinutės nepasiima, ištriname ją maždaug po { $count } dienų.
}
about-promise = Ne viską galime pažadėti. Jūsų pačių žodžiai gali parodyti, kas jūs.
about-device = Jūsų telefonas gali prisiminti, kad čia lankėtės. Išvalykite istoriją, jei kas nors gali ją pamatyti.
about-network = Telefono bendrovė gali matyti, kad čia lankėtės, bet nemato, ką parašėte.
about-police = Apie kitus nusikaltimus praneškite 101. „Crimestoppers“ numeris: 0800 555 111.

kept-heading = Ką saugome
kept-what = Saugome tai, ką siunčiate, dieną, kalbą ir būdą, kuriuo tai mus pasiekė. Jei atėjote iš plakato, saugome ir jo numerį.

keys-heading = Kas gali atidaryti jūsų žinutę
keys-lede = Šios komandos gali atidaryti jūsų žinutę. Galite paklausti jų rakto numerio ir palyginti.
keys-all = Atidaro visas žinutes.
keys-some = Atidaro žinutes apie:
keys-none = Atidaro tik tai, ką žmonės jam atrašo.
keys-number = Jo numeris:
experts-heading = Ekspertams
lane-safeguarding = Žmonės, kuriems gresia pavojus

others-heading = Ką žino kiti
others-phone = Telefono bendrovės gali tai saugoti metus.
others-proxy = Kompiuteris prieš šį puslapį mato jūsų žodžius, kai jie pro jį praeina.
others-sms = SMS gali eiti ir per įmonę, kuri mums priima žinutes. Ji gali jas išsaugoti.
others-sms-name = Ta įmonė yra:

law-heading = Ko gali reikalauti įstatymas
law-give = Teismas gali priversti mus atiduoti tai, ką turime. Paprašyti gali ir policija.
law-never = Negalime atiduoti to, ko nesaugome. Nesaugome vardo, telefono numerio ir telefono adreso.
law-phone = Jie taip pat gali paklausti jūsų telefono bendrovės, ar čia lankėtės. „Tor“ tai paslepia.

promise-heading = Ko negalime pažadėti
promise-moment = Ši svetainė akimirką mato jūsų žodžius, kol juos užrakina.
promise-photo = Iš nuotraukos galima sužinoti, kuris telefonas ją padarė, net be paslėptų duomenų.

ways-heading = Kaip mums pranešti: nuo saugiausio būdo
ways-onion = Saugiausia: atverkite šį adresą „Tor“ programėlėje. Ji slepia, kad čia buvote.
ways-web = Toliau: šis puslapis. Ryšio bendrovė mato, kad čia užėjote, bet ne ką parašėte.
ways-text = Paskutinis būdas: parašykite mums SMS žinutę. Numeris:
ways-text-network = Ryšio bendrovė žino, kad mums parašėte, kada ir ką.
ways-text-phone = Žinutė lieka jūsų telefone. Ištrinkite ją, jei kas nors gali pažiūrėti.
ways-text-cost = Ji kainuoja tiek pat, kiek bet kuri kita žinutė.
ways-text-answer = Atsakymo nebus. Antrą kartą siųsti nereikia.
ways-text-night = Naktį žinučių neskaitome. Jei gresia pavojus, skambinkite 999.
ways-no-onion = Šis puslapis neturi savo adreso „Tor“ programėlėje.

device-heading = Kas lieka šiame telefone
device-leave = Raudonas mygtukas atidaro kitą svetainę. Po to mygtukas „Atgal“ jūsų žodžių neparodo.
device-history = Istorija vis tiek rodo, kad čia lankėtės. Ji rodo šį pavadinimą:
device-clear-heading = Kaip ištrinti istoriją
device-chrome = „Chrome“: palieskite tris taškus, tada „Istorija“. Palieskite kryžiuką prie šio puslapio.
device-safari = „iPhone“: palieskite knygą, tada laikrodį. Pastumkite šį puslapį kairėn ir ištrinkite.
device-other = Kitos programėlės istoriją taip pat turi savo meniu.
device-one = Ištrinkite tik šį puslapį. Tuščia istorija gali atrodyti keistai.
device-private = Kitą kartą atidarykite privatų langą. Jis istorijos nesaugo.
device-photos = Jūsų darytos nuotraukos lieka telefone. Ištrinkite jas ten ir ten, kur laikomos ištrintos nuotraukos.
device-spy = Kai kurios programėlės stebi viską, kas daroma telefone. Jei to bijote, naudokitės kitu telefonu.

privacy-heading = Privatumas
privacy-who = Už duomenis atsako:
privacy-nobody = Atsakingi žmonės čia dar neparašė savo pavadinimo.
privacy-contact = Parašykite jiems čia:
privacy-use-heading = Kaip duomenys naudojami
privacy-law = Šis įstatymas vadinasi UK GDPR. Jis leidžia naudoti duomenis nusikaltimams stabdyti ir žmonėms saugoti.
privacy-you = Tai, ką rašote, gali būti duomenys apie jus, jei parodo, kas jūs.
privacy-others = Tai gali būti ir duomenys apie žmones, apie kuriuos rašote. Jie taip pat turi teisių.
privacy-true = Todėl rašykite tik tai, ką matėte, girdėjote ar kas jums buvo pasakyta.
privacy-choice = Neprivalote mums nieko sakyti.
privacy-shared = Komanda gali perduoti jūsų žodžius policijai, būsto ar pagalbos tarnyboms. Kiekviena gauna tik tai, ko reikia.
privacy-kept = Kai komanda žinutę atidaro, ji pati sprendžia, kiek laiko ją saugoti.
privacy-person = Ką daryti, sprendžia žmogus, o ne mašina.
privacy-rights-heading = Jūsų teisės
privacy-rights = Galite paklausti, ką jie apie jus žino. Galite paprašyti duomenis pataisyti, nebenaudoti ar ištrinti.
privacy-limits = Jie gali atsisakyti, jei tai pakenktų bylai ar žmogui.
privacy-find = Nežinome, kas ką parašė. Todėl jie gali nerasti jūsų žinutės.
privacy-complain = Atsakymas jūsų netenkina? Praneškite ICO: 0303 123 1113 arba ico.org.uk.

access-heading = Prieinamumas
access-aim = Norime, kad šiuo puslapiu galėtų naudotis visi. Mūsų tikslas yra WCAG 2.2, AA lygis.
access-how = Galite padidinti tekstą, naudotis tik klaviatūra arba klausytis, kaip tekstas skaitomas. Puslapis veikia ir senuose telefonuose.
access-tested = Tikriname įrankiais. Niekas iš išorės jo netikrino. Todėl sakome, kad tikslas pasiektas iš dalies.
access-title = Visi puslapiai turi vieną pavadinimą, kad niekas nežinotų, ką skaitote.
access-draft = Nė vienas šios kalbos gimtakalbis teksto dar neskaitė. Kai kurie žodžiai gali būti klaidingi.
access-contact = Kuo nors sunku naudotis? Rašykite:
access-complain = Atsakymas jūsų netenkina? Praneškite EASS: 0808 800 0082.

signs-heading = Į ką atkreipti dėmesį
signs-link = Požymiai:
signs-safe = Nesiartinkite. Nefotografuokite žmonių ir jų namų.
signs-back = Papasakokite, ką matėte

sign-visitors = Daug žmonių ateina ir išeina keistu laiku
sign-strangers = Nauji veidai arba nepažįstami žmonės prie durų
sign-unseen = Ten gyvenančio žmogaus nebematyti
sign-scared = Ten gyvenantis žmogus atrodo išsigandęs ar sumuštas
sign-curtains = Užuolaidos visą dieną užtrauktos
sign-door = Durys sulaužytos arba laikomos atviros
sign-noise = Riksmai, muštynės ar triukšmas
sign-litter = Šiukšlių maišai, adatos ar folija
sign-cars = Automobiliai ar dviračiai sustoja trumpam
sign-care = Nebeateina slaugytojai ar pagalbininkai
sign-deals = Smulkūs daiktai perduodami už pinigus
sign-shortstops = Automobiliai sustoja minutei ir nuvažiuoja
sign-needles = Adatos, folija ar maži maišeliai ant žemės
sign-lookouts = Žmonės stovi ir stebi aplinką
sign-phones = Jaunas žmogus turi daug telefonų
sign-money = Jaunas žmogus turi naujų drabužių ar grynųjų
sign-missing = Jaunas žmogus dingsta iš namų
sign-injured = Jaunas žmogus sužeistas ar išsigandęs
sign-repeated = Tas pats užrašas daug kur
sign-crossed = Naujas užrašas ant seno
sign-names = Vardai, skaičiai ar grasinimai
sign-fresh = Tai nauja

sms-answer = Ačiū. Gavome jūsų žinutę.
sms-code = Kvito numeris:
sms-shut = Jūsų žinutės nepriėmėme. Dabar čia niekas neskaito. Skambinkite 101 arba 0800 555 111. Pavojuje skambinkite 999.

print-heading = Netoliese{"\u00A0"}vyksta kažkas{"\u00A0"}negero?
print-lede = Praneškite mums. Jums nereikia sakyti, kas esate.
print-scan = Nuskenuokite kodą telefono kamera
print-type = Arba įveskite šį adresą:
print-later = Nebūtina to daryti čia. Padarykite tai vėliau, ten, kur jaučiatės saugiai.
print-phone = Naudokite telefoną, į kurį niekas kitas nežiūri.
print-danger = Kam nors dabar gresia pavojus? Skambinkite 999.

print-text-heading = Arba atsiųskite SMS žinutę
print-text-number = Šiuo numeriu:
print-text-code = Pradėkite plakato numeriu:
print-text-answer = Atsakymo nebus. Antrą kartą siųsti nereikia.
print-text-night = Naktį žinučių neskaitome.
print-text-stays = Žinutė lieka telefone. Ištrinkite ją, jei kas nors gali pažiūrėti.
print-text-cost = Kainuoja tiek, kiek paprasta žinutė.

print-signs-heading = Į ką atkreipti dėmesį
print-safe-heading = Saugokite save
print-safe-near = Nesiartinkite. Nefotografuokite žmonių ir jų namų.
print-safe-name = Nerašykite savo vardo, namų adreso ir telefono numerio.
print-safe-night = Žinutes skaitome darbo valandomis, ne naktį.

print-help-heading = Kita pagalba
print-help-999 = Pavojus dabar: 999
print-help-101 = Policija, kai nėra skubu: 101
print-help-crimestoppers = „Crimestoppers“, vardo sakyti nereikia: 0800 555 111
print-help-childline = „Childline“, vaikams ir jaunimui: 0800 1111
print-help-slavery = „Modern Slavery Helpline“ (priverstinis darbas ir išnaudojimas): 08000 121 700
print-from = Jūsų žinutė keliauja savivaldybei ir policijai. Ją skaito viena komanda.

said-heading = Jūs pranešėte, mes padarėme
said-about = Ką žmonės mums pranešė ir kas buvo padaryta.
said-choose = Pasirinkite savo miesto dalį.
said-others = Žiūrėti kitą miesto dalį
said-few = Per mažai, kad rodytume, arba nieko.
said-ward-month = Kiekvienas mėnuo, tik šis rajonas:
said-ward-quarter = Trys mėnesiai, tik šis rajonas:
said-team-quarter = Trys mėnesiai, policijos teritorija:
said-city-quarter = Trys mėnesiai, visas miestas:
said-city-year = Vieni metai, visas miestas:
said-reported = Gauta pranešimų:
said-passed = Perduota komandai, kuri gali imtis veiksmų:
said-acted = Kažkas padaryta:
said-cleaned = Išvalyta:
said-secured = Apsaugoti būstai:
said-support = Suteikta pagalba:
said-enforced = Veikė policija arba teismas:
said-count = apie { $count }
said-most = dauguma jų
said-twice = Jei daug žmonių praneša apie tą patį, skaičiuojame vieną kartą.
said-unnamed = Pranešimą be vietos skaičiuojame tik visam miestui.
said-rounded = Kiekvieną skaičių apvaliname iki 5. Niekada nerodome skaičiaus, mažesnio už 10.
said-late = Kiekvienas skaičius yra bent mėnesio senumo. Vėliau jo nekeičiame.
