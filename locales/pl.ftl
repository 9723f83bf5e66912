# DRAFT: no native reader has read this file yet. Polish (polski). When one has, set `draft = no`: see README.md here.

draft = yes
direction = ltr
language-name = Polski
recognised-as = pol
title = Twoja wiadomość
leave = Opuść teraz tę stronę
demo = To jest wersja próbna. To, co wpiszesz, nie zostanie nigdzie wysłane.

lede-heading = Napisz, co się dzieje
lede-languages = Język
lede = Wiadomość trafia do urzędu miasta i policji. Nie pytamy, kim jesteś.
lede-danger = Czy komuś teraz coś grozi? Zadzwoń pod numer 999.
danger-now = Zadzwoń teraz pod numer 999. Jeśli nie możesz mówić, na komórce naciśnij 55, gdy o to poproszą. W nocy tego nie czytamy.
lede-watched = Czytamy wiadomości w godzinach pracy, nie w nocy.
reads-next = Następny raz:
lede-device = Czy ktoś może sprawdzić ten telefon?
lede-other = Jeśli możesz, użyj innego.
lede-leave = Czerwony przycisk szybko zabierze Cię stąd. Nie czyści historii.
lede-clears = Wstecz i te linki usuwają to, co piszesz.

optional = Możesz to pominąć.
yes = Tak
no = Nie
unsure = Nie wiem

topic-label = Czego to dotyczy?
topic-graffiti = Graffiti lub tagi
topic-cuckooing = Mieszkanie przejęte przez handlarzy narkotyków
topic-drugs = Sprzedawanie lub branie narkotyków
topic-other = Coś innego
what-label = Co widać lub słychać?
what-hint = Nie podawaj swojego imienia, nazwiska, adresu ani numeru telefonu.
where-label = Gdzie to jest?
where-hint = Ulica, budynek lub miejsce w pobliżu.
when-label = Kiedy to się dzieje?
when-hint = Dzień, pora dnia albo jak często.
ongoing-label = Czy to nadal trwa?
danger-label = Czy komuś coś grozi?
child-label = Czy może to zagrażać dziecku?
more = Więcej pytań
impact-label = Jak to wpływa na Ciebie lub na okolicę?
vehicle-label = Czy jest tam samochód, rower, motor lub furgonetka?
vehicle-hint = Numer rejestracyjny, marka lub kolor.
how-label = Skąd to wiesz?
how-saw = Widzę to lub słyszę osobiście
how-told = Ktoś mi powiedział
how-guess = Tak mi się wydaje
how-unsaid = Nie chcę powiedzieć
offensive-label = Ten napis jest rasistowski, pełen nienawiści lub zawiera groźbę
signs-label = Czy dzieje się coś z tej listy?

photos-label = Zdjęcia
photos-hint = Tylko zdjęcia graffiti i tylko wtedy, gdy to bezpieczne. Najwyżej 4 zdjęcia.
photos-never = Nigdy nie podchodź do handlarzy ani do ich mieszkań, żeby zrobić zdjęcie.
photos-clean = Usuwamy ukryte dane, na przykład miejsce zrobienia zdjęcia.
honeypot-label = Zostaw to pole puste

button-check = Sprawdź przed wysłaniem
button-send = Wyślij
button-recheck = Sprawdź jeszcze raz

check-heading = Sprawdź, co wyślesz
check-lede = Dostaniemy tylko to, Twój język i dzisiejszą datę.
check-back = Nie naciskaj Wstecz: to usunie Twoje słowa.
check-change = Zmień coś
check-marks = Te słowa mogą zdradzić, kim jesteś. Zmień je, jeśli możesz.
check-clear = Nie znaleźliśmy słów, które zdradzają, kim jesteś. Sprawdź też samodzielnie.
check-busy = Nie udało się sprawdzić wszystkich tych słów. Zobacz, czy nie zdradzają, kim jesteś.
check-unread = Nie umiemy sprawdzić słów w tym języku. Zobacz, czy nie zdradzają, kim jesteś.
check-more = I jest więcej podobnych.
check-photo = Zdjęcie { $count }
check-photo-bare = Nie było w nim nic ukrytego.
check-photo-removed = Usunęliśmy:
check-photo-drop = Nie wysyłaj tego zdjęcia
check-code = Wyślij też numer plakatu. Mówi, który to plakat, a nie kim jesteś:
check-photo-look = Obejrzyj swoje zdjęcia jeszcze raz. Twarz, okno lub tablica rejestracyjna mogą zdradzić, kim jesteś.
check-photo-safe = Do zgłoszenia o mieszkaniu dodano zdjęcia. Czy bezpiecznie jest je wysłać?

# Between the words of a list, and at its end.
list-comma = {", "}
list-stop = .

removed-gps = miejsce
removed-camera = model telefonu lub aparatu
removed-time = datę i godzinę
removed-text = nazwy i notatki
removed-thumbnail = małą kopię zdjęcia
removed-profile = dane o kolorach
removed-trailer = dane doklejone za zdjęciem
removed-other = inne ukryte dane

mark-email = Adres e-mail:
mark-phone = Numer telefonu:
mark-contact = Sposób, by się z Tobą skontaktować:
mark-name = Twoje imię lub nazwisko:
mark-home = Gdzie mieszkasz:
mark-neighbour = Jak blisko mieszkasz:
mark-family = Twoja rodzina lub znajomi:
mark-work = Twoja praca:
mark-only = Coś, co wie niewiele osób:

receipt-heading = Mamy Twoją wiadomość
receipt-lede = Twój numer potwierdzenia to:
receipt-again = Tę wiadomość już mieliśmy. Zachowana jest tylko raz.
receipt-hidden = Jej numeru nie pokażemy ponownie.
receipt-keep = Zapisz go, jeśli to bezpieczne. Nie możemy pokazać go ponownie.
receipt-use = Z tym numerem możesz później sprawdzić, czy jest odpowiedź.
receipt-proof = Ten numer dowodzi, że zgłoszenie jest Twoje. Nie możemy jeszcze wysyłać odpowiedzi.
receipt-risk = Każdy, kto znajdzie numer, może przeczytać odpowiedź. Jeśli to ryzykowne, nie zachowuj go.
receipt-keep-heading = Zachowaj numer
receipt-disguise = Możesz zapisać go jako coś innego, na przykład numer klienta.
receipt-links = Jeśli napiszesz z nim ponownie, zobaczymy, że wiadomości są powiązane.
receipt-lost = Jeśli go zgubisz, nie znajdziemy go. Nie wiemy, kim jesteś.
receipt-not-heading = Nie potrzebuję go
receipt-not = W takim razie po prostu opuść stronę. Twoją wiadomość i tak ktoś przeczyta.
receipt-next = Twoją wiadomość przeczyta człowiek. Być może nie będziemy mogli powiedzieć, co się stanie dalej.
receipt-close = Możesz już zamknąć tę stronę.
receipt-messages = Sprawdź, czy jest odpowiedź
help-heading = To Twój dom? Możesz dostać pomoc.
help-victims = Pomoc dla ofiar:
help-slavery = Przymus lub wyzysk:
help-housing = Bezpieczne mieszkanie:
help-debt = Pomoc w sprawie długów:
help-police = Chodzi o kogoś z policji? Zadzwoń do Crimestoppers: 0800 085 0000.
help-council = Chodzi o kogoś z urzędu miasta? Kontakt:

problem-heading = Jest problem
problem-topic = Wybierz, czego to dotyczy.
problem-what = Napisz, co się dzieje.
problem-long = { $count ->
    [one] Tekst jest za długi o { $count } znak. Skróć go.
    [few] Tekst jest za długi o { $count } znaki. Skróć go.
    [many] Tekst jest za długi o { $count } znaków. Skróć go.
   *[other] Tekst jest za długi o { $count } znaku. Skróć go.
}
problem-token = Ta strona była otwarta zbyt długo. Twój tekst nadal tu jest. Wyślij go jeszcze raz.
problem-photos-many = Można wysłać najwyżej 4 zdjęcia. Pozostałe pominęliśmy.
problem-photos-gone = Zdjęcia czekały zbyt długo, więc je usunęliśmy. Wybierz je ponownie albo wyślij bez nich.
problem-photos-room = Nie możemy teraz przyjąć zdjęć. Możesz wysłać sam tekst.
problem-photos-added = Dodaliśmy zdjęcia. Obejrzyj je, a potem wyślij.
problem-photo-count = Zdjęcie { $count }:
problem-broken = Wysyłanie zostało przerwane. Twój tekst nadal tu jest. Dodaj zdjęcia jeszcze raz.
problem-cut = Tekst był o wiele za długi, więc ucięliśmy koniec.
problem-odd = Z formularzem przyszło coś, czego nie znamy. Nie przyjęliśmy tego.

photo-not-an-image = Ten plik nie jest zdjęciem.
photo-heic = Nie możemy odczytać zdjęcia tego rodzaju (HEIC). Zrób zrzut ekranu i wybierz go.
photo-format = Nie możemy odczytać pliku tego rodzaju. Wybierz zdjęcie JPEG, PNG lub WebP.
photo-bytes = To zdjęcie jest za duże. Limit to 24 MB.
photo-pixels = To zdjęcie jest za duże. Zrób zrzut ekranu i wybierz go.
photo-broken = To zdjęcie jest uszkodzone lub nietypowe. Zrób zrzut ekranu albo wybierz inne.
photo-empty = To zdjęcie dotarło puste. Najpierw otwórz je w telefonie, potem wybierz je jeszcze raz.
photo-busy = Przetwarzamy teraz inne zdjęcia. Dodaj je ponownie za minutę.

date = { $weekday } { $day }.{ $month }
weekday-1 = poniedziałek
weekday-2 = wtorek
weekday-3 = środa
weekday-4 = czwartek
weekday-5 = piątek
weekday-6 = sobota
weekday-7 = niedziela

door-unread = Od wielu dni nikt nie czytał tu wiadomości.
door-shut = Teraz nie możemy przyjmować wiadomości
door-shut-why = Nie ma nikogo, kto by je przeczytał.
door-kept = Nic nie zostało wysłane. Twoje słowa są nadal na tej stronie.
door-closed = Ta strona jest zamknięta
door-closed-why = Nie przyjmujemy tu już wiadomości.

trouble-heading = Twoja wiadomość do nas nie dotarła
trouble-kept = Nic nie zostało wysłane. Twój tekst nadal tu jest. Spróbuj ponownie za kilka minut.
trouble-again = Nic jeszcze nie zostało wysłane. Twój tekst nadal tu jest. Poczekaj kilka sekund i wyślij ponownie.
trouble-other = Jeśli to nie może czekać, zadzwoń pod 101. W niebezpieczeństwie dzwoń pod 999. Możesz też zadzwonić do Crimestoppers: 0800 555 111.
trouble-form = Nie udało się odczytać formularza. Wróć na początek i spróbuj jeszcze raz.
trouble-large = To, co wysyłasz, jest za duże. Wyślij mniej zdjęć albo mniejsze zdjęcia.
trouble-wait = Przychodzi stąd teraz wiele wiadomości. Poczekaj minutę i spróbuj ponownie.
trouble-missing = Tej strony tu nie ma.
trouble-start = Przejdź na początek

messages-heading = Sprawdź odpowiedź
messages-label = Numer potwierdzenia
messages-hint = 28 cyfr w grupach po cztery.
messages-button = Sprawdź
messages-none = Nie ma jeszcze odpowiedzi dla tego numeru. Nie na każdą wiadomość odpowiadamy.
messages-closed = Nie możemy jeszcze wysyłać odpowiedzi.
messages-some = Nasza odpowiedź:
messages-wrong = W tym numerze jest błąd. Sprawdź każdą cyfrę.
messages-length = Numer ma 28 cyfr. Sprawdź, czy są wszystkie.
messages-trouble = Nie możemy teraz tego sprawdzić. Spróbuj ponownie za kilka minut.
stage-received = Mamy Twoją wiadomość.
stage-read = Człowiek przeczytał Twoją wiadomość.
stage-passed-on = Przekazaliśmy Twoją wiadomość dalej.
stage-finished = Zakończyliśmy pracę nad Twoją wiadomością.
messages-older = Pokaż wcześniejszą odpowiedź
messages-answer = Napisz do nas z tym numerem
messages-danger = Komuś coś grozi.
messages-child = Może to zagrażać dziecku.
messages-sent = Mamy Twoje słowa. Dołączymy je do pierwszej wiadomości.
messages-empty = Najpierw coś napisz.
messages-still = To dzieje się nadal
messages-day = Którego dnia?
messages-time = O której godzinie?
messages-day-missing = Wybierz dzień.
messages-forget = Zapomnij o tym
messages-forget-why = Usuniemy wszystkie odpowiedzi dla tego numeru. Po ponownym użyciu numeru nowa odpowiedź może przyjść do dwóch tygodni później.
messages-forget-staff = Twoje słowa zachowamy, aż obejrzą je dwie osoby. To trwa co najmniej siedem dni.
messages-forget-now = Zapomnij teraz
messages-forgotten = Gotowe. Ten numer nie otwiera już żadnej odpowiedzi. Po ponownym użyciu numeru nowa odpowiedź może przyjść do dwóch tygodni później.
messages-late = Ta strona była otwarta zbyt długo. Wpisz numer ponownie.

about-heading = O tej stronie
about-what = Twoja wiadomość trafia do urzędu miasta i policji. Tymi sprawami zajmuje się tam jeden zespół.
about-kept = Nie zapisujemy Twojego nazwiska ani numeru telefonu. Nie zapisujemy adresu Twojego telefonu ani komputera.
about-read = Tylko ten zespół może otworzyć Twoją wiadomość. Ta strona nie może jej otworzyć po wysłaniu.
about-days = { $count ->
    [one] Jeśli nikt nie odbierze wiadomości, usuniemy ją mniej więcej po { $count } dniu.
    [few] Jeśli nikt nie odbierze wiadomości, usuniemy ją mniej więcej po { $count } dniach.
    [many] Jeśli nikt nie odbierze wiadomości, usuniemy ją mniej więcej po { $count } dniach.
   *[other] Jeśli nikt nie odbierze wiadomości, usuniemy ją mniej więcej po { $count } dnia.
}
about-promise = Nie wszystko możemy obiecać. Twoje własne słowa mogą zdradzić, kim jesteś.
about-device = Telefon może pamiętać, że ta strona była na nim otwarta. Wyczyść historię, jeśli ktoś może ją obejrzeć.
about-network = Firma telefoniczna widzi, że ta strona była otwarta, ale nie widzi, co napiszesz.
about-police = Inne przestępstwa zgłaszaj pod 101. Numer Crimestoppers to 0800 555 111.

kept-heading = Co przechowujemy
kept-what = Przechowujemy to, co wysyłasz, dzień, język i sposób, w jaki to do nas dotarło. Jeśli trafisz tu z plakatu, zapisujemy też jego numer.

keys-heading = Kto może otworzyć Twoją wiadomość
keys-lede = Te zespoły mogą otworzyć Twoją wiadomość. Możesz zapytać je o numer klucza i porównać.
keys-all = Otwiera wszystkie wiadomości.
keys-some = Otwiera wiadomości na temat:
keys-none = Otwiera tylko to, co ludzie mu odpiszą.
keys-number = Jego numer:
experts-heading = Dla ekspertów
lane-safeguarding = Zagrożone osoby

others-heading = Co wiedzą inni
others-phone = Firmy telefoniczne mogą to przechowywać przez rok.
others-proxy = Komputer stojący przed tą stroną widzi Twoje słowa, gdy przez niego przechodzą.
others-sms = SMS może też przejść przez firmę, która odbiera dla nas wiadomości. Może ona je zachować.
others-sms-name = Ta firma to:

law-heading = O co może prosić prawo
law-give = Sąd może kazać nam oddać to, co mamy. Policja też może o to poprosić.
law-never = Nie możemy oddać tego, czego nie przechowujemy. Nie mamy nazwiska, numeru telefonu ani adresu telefonu.
law-phone = Mogą też zapytać Twoją firmę telefoniczną, czy ta strona była u Ciebie otwarta. Tor to ukrywa.

promise-heading = Czego nie możemy obiecać
promise-moment = Ta strona widzi Twoje słowa przez chwilę, gdy je zamyka.
promise-photo = Po zdjęciu można poznać, którym telefonem je zrobiono, nawet bez ukrytych danych.

ways-heading = Sposoby zgłoszenia, od najbezpieczniejszego
ways-onion = Najbezpieczniej: otwórz ten adres w aplikacji Tor. Ukrywa ona, że tu byłeś lub byłaś.
ways-web = Następnie: ta strona. Operator widzi, że tu jesteś, ale nie widzi, co piszesz.
ways-text = Na końcu: wyślij nam SMS. Numer:
ways-text-network = Operator wie, że wysłano do nas SMS, kiedy i o jakiej treści.
ways-text-phone = SMS zostaje w telefonie. Usuń go, jeśli ktoś może tam zajrzeć.
ways-text-cost = Kosztuje tyle co każdy inny SMS.
ways-text-answer = Nie będzie odpowiedzi. Nie trzeba wysyłać drugi raz.
ways-text-night = Nie czytamy SMS-ów w nocy. W niebezpieczeństwie dzwoń pod 999.
ways-no-onion = Ta strona nie ma własnego adresu w aplikacji Tor.

device-heading = Co zostaje w tym telefonie
device-leave = Czerwony przycisk otwiera inną stronę. Potem przycisk Wstecz nie pokaże Twoich słów.
device-history = Historia nadal pokazuje, że ta strona była otwarta. Ma tam taką nazwę:
device-clear-heading = Jak wyczyścić historię
device-chrome = Chrome: dotknij trzech kropek, potem Historia. Dotknij krzyżyka przy tej stronie.
device-safari = iPhone: dotknij książki, potem zegara. Przesuń tę stronę w lewo i usuń ją.
device-other = Inne aplikacje też mają historię w swoim menu.
device-one = Usuń tylko tę stronę. Pusta historia może zwrócić uwagę.
device-private = Następnym razem otwórz okno prywatne. Nie zapisuje ono historii.
device-photos = Zrobione zdjęcia zostają w telefonie. Usuń je tam, a także z kosza na zdjęcia.
device-spy = Niektóre aplikacje śledzą wszystko, co dzieje się w telefonie. Jeśli się tego obawiasz, użyj innego telefonu.

privacy-heading = Prywatność
privacy-who = Za dane odpowiada:
privacy-nobody = Osoby odpowiedzialne nie podały tu jeszcze swojej nazwy.
privacy-contact = Napisz do nich tutaj:
privacy-use-heading = Jak używa się danych
privacy-law = To prawo nazywa się UK GDPR. Pozwala używać danych, by zapobiegać przestępstwom i chronić ludzi.
privacy-you = To, co napiszesz, może być danymi o Tobie, jeśli pokazuje, kim jesteś.
privacy-others = Mogą to być też dane o ludziach, o których piszesz. Oni też mają prawa.
privacy-true = Pisz więc tylko to, co widać, słychać lub co ktoś Ci powiedział.
privacy-choice = Nie musisz nam nic mówić.
privacy-shared = Zespół może przekazać Twoje słowa policji, urzędowi mieszkaniowemu lub opiece. Każdy dostaje tylko to, czego potrzebuje.
privacy-kept = Gdy zespół otworzy wiadomość, sam decyduje, jak długo ją zachować.
privacy-person = O tym, co zrobić, decyduje człowiek, a nie maszyna.
privacy-rights-heading = Twoje prawa
privacy-rights = Możesz zapytać, co o Tobie wiedzą. Możesz poprosić o poprawienie danych, o to, by ich nie używać, lub o usunięcie.
privacy-limits = Mogą odmówić, jeśli zaszkodziłoby to sprawie lub człowiekowi.
privacy-find = Nie wiemy, kto co napisał. Zespół może więc nie znaleźć Twojej wiadomości.
privacy-complain = Odpowiedź Cię nie zadowala? Powiedz o tym ICO: 0303 123 1113 lub ico.org.uk.

access-heading = Dostępność
access-aim = Chcemy, by każdy mógł korzystać z tej strony. Naszym celem jest WCAG 2.2, poziom AA.
access-how = Możesz powiększyć tekst, używać samej klawiatury lub słuchać czytanego tekstu. Strona działa na starych telefonach.
access-tested = Sprawdzamy ją narzędziami. Nikt z zewnątrz jej nie sprawdził. Dlatego mówimy, że strona spełnia ten cel częściowo.
access-title = Wszystkie strony mają jeden tytuł, by nikt nie wiedział, co czytasz.
access-draft = Nikt, dla kogo to język ojczysty, jeszcze tego nie przeczytał. Niektóre słowa mogą być błędne.
access-contact = Coś sprawia trudność? Napisz:
access-complain = Odpowiedź Cię nie zadowala? Powiedz o tym EASS: 0808 800 0082.

signs-heading = Na co zwracać uwagę
signs-link = Oznaki:
signs-safe = Nie podchodź. Nie rób zdjęć ludziom ani ich mieszkaniom.
signs-back = Napisz, co się dzieje

sign-visitors = Wiele osób wchodzi i wychodzi o dziwnych porach
sign-strangers = Nowe twarze lub obcy przy domofonie
sign-unseen = Osoby, która tam mieszka, już nie widać
sign-scared = Osoba, która tam mieszka, wygląda na przestraszoną lub pobitą
sign-curtains = Zasłony zasunięte cały dzień
sign-door = Drzwi są zepsute lub stale otwarte
sign-noise = Krzyki, bójki lub hałas
sign-litter = Worki ze śmieciami, igły lub folia aluminiowa
sign-cars = Samochody lub rowery zatrzymują się na krótko
sign-care = Opiekunowie przestali przychodzić
sign-deals = Ktoś daje drobne rzeczy za pieniądze
sign-shortstops = Samochody stają na minutę i jadą dalej
sign-needles = Igły, folia lub małe woreczki na ziemi
sign-lookouts = Ludzie stoją i obserwują okolicę
sign-phones = Młoda osoba ma wiele telefonów
sign-money = Młoda osoba ma nowe ubrania lub gotówkę
sign-missing = Młoda osoba znika z domu
sign-injured = Młoda osoba jest ranna lub przestraszona
sign-repeated = Ten sam tag w wielu miejscach
sign-crossed = Nowy tag namalowany na starym
sign-names = Imiona, liczby lub groźby
sign-fresh = To coś nowego

sms-answer = Dziękujemy. Mamy Twoją wiadomość.
sms-code = Numer potwierdzenia:
sms-shut = Nie przyjęliśmy tej wiadomości. Nikt teraz tego nie czyta. Zadzwoń pod 101 lub 0800 555 111. Gdy coś grozi, dzwoń pod 999.

print-heading = W{"\u00A0"}okolicy dzieje{"\u00A0"}się coś{"\u00A0"}niepokojącego?
print-lede = Powiedz nam. Nie musisz mówić, kim jesteś.
print-scan = Zeskanuj kod aparatem w telefonie
print-type = Albo wpisz ten adres:
print-later = Nie musisz robić tego tutaj. Zrób to później, tam gdzie czujesz się bezpiecznie.
print-phone = Użyj telefonu, do którego nikt inny nie zagląda.
print-danger = Czy komuś teraz coś grozi? Zadzwoń pod numer 999.

print-text-heading = Albo wyślij SMS
print-text-number = Na ten numer:
print-text-code = Zacznij od numeru plakatu:
print-text-answer = Nie dostaniesz odpowiedzi. Nie trzeba wysyłać SMS-a drugi raz.
print-text-night = Nie czytamy SMS-ów w nocy.
print-text-stays = SMS zostaje w telefonie. Usuń go, jeśli ktoś może tam zajrzeć.
print-text-cost = Kosztuje tyle co zwykły SMS.

print-signs-heading = Na co zwrócić uwagę
print-safe-heading = Zadbaj o bezpieczeństwo
print-safe-near = Nie podchodź. Nie rób zdjęć ludziom ani ich mieszkaniom.
print-safe-name = Nie podawaj swojego imienia, nazwiska, adresu ani numeru telefonu.
print-safe-night = Czytamy wiadomości w godzinach pracy, nie w nocy.

print-help-heading = Inna pomoc
print-help-999 = Nagłe niebezpieczeństwo: 999
print-help-101 = Policja, sprawy niepilne: 101
print-help-crimestoppers = Crimestoppers, bez podawania nazwiska: 0800 555 111
print-help-childline = Childline, dla dzieci i młodzieży: 0800 1111
print-help-slavery = Modern Slavery Helpline (praca przymusowa i wyzysk): 08000 121 700
print-from = Twoja wiadomość trafia do urzędu miasta i policji. Czyta ją jeden zespół.

said-heading = Wy mówicie, my działamy
said-about = Co nam zgłoszono i co zrobiono.
said-choose = Wybierz swoją część miasta.
said-others = Zobacz inną część miasta
said-few = Za mało, żeby pokazać, albo nic.
said-ward-month = Każdy miesiąc, tylko ta dzielnica:
said-ward-quarter = Trzy miesiące, tylko ta dzielnica:
said-team-quarter = Trzy miesiące, rejon policji:
said-city-quarter = Trzy miesiące, całe miasto:
said-city-year = Jeden rok, całe miasto:
said-reported = Zgłoszenia:
said-passed = Przekazano zespołowi, który może działać:
said-acted = Coś zrobiono:
said-cleaned = Posprzątano:
said-secured = Zabezpieczono mieszkania:
said-support = Udzielono pomocy:
said-enforced = Działała policja lub sąd:
said-count = około { $count }
said-most = większość z nich
said-twice = Jeśli wiele osób zgłosi to samo, liczymy to raz.
said-unnamed = Zgłoszenie bez podanego miejsca liczymy tylko dla całego miasta.
said-rounded = Zaokrąglamy każdą liczbę do 5. Nigdy nie pokazujemy liczby poniżej 10.
said-late = Każda liczba ma co najmniej miesiąc. Potem jej nie zmieniamy.
