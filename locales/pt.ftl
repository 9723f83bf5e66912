# DRAFT: no native reader has read this file yet. European Portuguese (português). When one has, set `draft = no`: see README.md here.

draft = yes
direction = ltr
language-name = Português
recognised-as = por
title = A sua mensagem
leave = Sair já desta página
demo = Isto é uma versão de teste. O que escrever aqui não é enviado para lado nenhum.

lede-heading = Diga-nos o que viu
lede-languages = Língua
lede = A mensagem vai para a câmara municipal e para a polícia. Não perguntamos quem é.
lede-danger = Alguém está em perigo agora? Ligue 999.
danger-now = Ligue 999 agora. Se não puder falar, prima 55 no telemóvel quando lhe pedirem. Não lemos isto à noite.
lede-watched = Lemos as mensagens no horário de trabalho, não à noite.
reads-next = Da próxima vez:
lede-device = Alguém pode mexer neste telemóvel?
lede-other = Se puder, use outro.
lede-leave = O botão vermelho tira-o depressa daqui. Não apaga o histórico.
lede-clears = Voltar e estas ligações apagam o que escreveu.

optional = Pode deixar em branco.
yes = Sim
no = Não
unsure = Não sei

topic-label = De que se trata?
topic-graffiti = Grafítis ou rabiscos nas paredes
topic-cuckooing = Uma casa ocupada por vendedores de droga
topic-drugs = Venda ou consumo de droga
topic-other = Outra coisa
what-label = O que viu ou ouviu?
what-hint = Não escreva o seu nome, a sua morada nem o seu telefone.
where-label = Onde é?
where-hint = Uma rua, um prédio ou um sítio ali perto.
when-label = Quando acontece?
when-hint = Um dia, uma hora do dia ou quantas vezes.
ongoing-label = Ainda está a acontecer?
danger-label = Alguém está em perigo?
child-label = Uma criança pode estar em risco?
more = Mais perguntas
impact-label = Como é que isto afeta a sua vida ou a zona?
vehicle-label = Há algum carro, bicicleta, mota ou carrinha?
vehicle-hint = Matrícula, marca ou cor.
how-label = Como sabe isto?
how-saw = Eu vi ou ouvi
how-told = Alguém me contou
how-guess = É o que eu penso
how-unsaid = Não quero dizer
offensive-label = O que está na parede é racista, mostra ódio ou é uma ameaça
signs-label = Viu alguma destas coisas?

photos-label = Fotografias
photos-hint = Só de grafítis, e só se for seguro. Até 4 fotografias.
photos-never = Nunca se aproxime dos vendedores de droga nem das casas deles para tirar uma fotografia.
photos-clean = Retiramos dados escondidos, como o sítio onde a fotografia foi tirada.
honeypot-label = Deixe isto em branco

button-check = Verificar antes de enviar
button-send = Enviar
button-recheck = Verificar outra vez

check-heading = Verifique o que vai enviar
check-lede = Só recebemos isto, a sua língua e a data de hoje.
check-back = Não carregue em Voltar: apaga o que escreveu.
check-change = Mudar alguma coisa
check-marks = Estas palavras podem mostrar quem é. Mude-as, se puder.
check-clear = Não encontrámos palavras que mostrem quem é. Veja também, por favor.
check-busy = Não conseguimos verificar todas estas palavras. Veja se mostram quem é.
check-unread = Não conseguimos verificar palavras nesta língua. Veja se mostram quem é.
check-more = E há mais como estas.
check-photo = Fotografia { $count }
check-photo-bare = Não tinha nada escondido.
check-photo-removed = Retirámos:
check-photo-drop = Não enviar esta fotografia
check-code = Enviar também o número do cartaz. Mostra que cartaz viu, não quem é:
check-photo-look = Veja outra vez as fotografias. Uma cara, uma janela ou uma matrícula podem mostrar quem é.
check-photo-safe = Juntou fotografias a uma mensagem sobre uma casa. É seguro enviá-las?

# Between the words of a list, and at its end.
list-comma = {", "}
list-stop = .

removed-gps = o sítio
removed-camera = o telemóvel ou a câmara
removed-time = a data e a hora
removed-text = nomes e notas
removed-thumbnail = uma cópia pequena da fotografia
removed-profile = dados de cor
removed-trailer = dados a seguir à fotografia
removed-other = outros dados escondidos

mark-email = Um endereço de e-mail:
mark-phone = Um número de telefone:
mark-contact = Uma forma de falar consigo:
mark-name = O seu nome:
mark-home = Onde mora:
mark-neighbour = A que distância mora:
mark-family = A sua família ou amigos:
mark-work = O seu trabalho:
mark-only = Uma coisa que poucas pessoas sabem:

receipt-heading = Recebemos a sua mensagem
receipt-lede = O seu número de recibo é:
receipt-again = Já tínhamos esta mensagem. Fica guardada uma só vez.
receipt-hidden = Não mostramos outra vez o número dela.
receipt-keep = Anote-o, se for seguro. Não o podemos mostrar outra vez.
receipt-use = Com este número pode procurar uma resposta mais tarde.
receipt-proof = Este número prova que a mensagem é sua. Ainda não podemos enviar respostas.
receipt-risk = Quem encontrar o número pode ler a resposta. Se isso for um risco, não o guarde.
receipt-keep-heading = Guardar o número
receipt-disguise = Pode anotá-lo como outra coisa, por exemplo um número de cliente.
receipt-links = Se escrever outra vez com ele, vemos que as mensagens vão juntas.
receipt-lost = Se o perder, não o podemos encontrar. Não sabemos quem é.
receipt-not-heading = Não preciso dele
receipt-not = Então saia da página. Uma pessoa lê a sua mensagem na mesma.
receipt-next = Uma pessoa vai ler a sua mensagem. Talvez não possamos dizer-lhe o que acontece depois.
receipt-close = Já pode fechar esta página.
receipt-messages = Procurar uma resposta
help-heading = É a sua casa? Pode ter ajuda.
help-victims = Apoio a vítimas:
help-slavery = Exploração ou trabalho forçado:
help-housing = Uma casa segura:
help-debt = Ajuda com dívidas:
help-police = É sobre alguém da polícia? Ligue para a Crimestoppers: 0800 085 0000.
help-council = É sobre alguém da câmara? Escreva para:

problem-heading = Há um problema
problem-topic = Escolha de que se trata.
problem-what = Diga-nos o que viu.
problem-long = { $count ->
    [one] O texto tem { $count } carácter a mais. Por favor, encurte-o.
   *[other] O texto tem { $count } caracteres a mais. Por favor, encurte-o.
}
problem-token = Esta página esteve aberta muito tempo. O seu texto ainda está aqui. Envie outra vez.
problem-photos-many = Pode enviar no máximo 4 fotografias. Deixámos as outras de fora.
problem-photos-gone = As fotografias esperaram muito tempo e apagámo-las. Escolha-as outra vez ou envie sem elas.
problem-photos-room = Agora não podemos receber fotografias. Pode enviar o texto sem elas.
problem-photos-added = Juntámos as fotografias. Veja-as e depois envie.
problem-photo-count = Fotografia { $count }:
problem-broken = O envio foi interrompido. O seu texto ainda está aqui. Junte outra vez as fotografias.
problem-cut = O texto era longo demais e cortámos o fim.
problem-odd = Com o formulário veio algo que não conhecemos. Não o aceitámos.

photo-not-an-image = Este ficheiro não é uma fotografia.
photo-heic = Não conseguimos ler este tipo de fotografia (HEIC). Faça uma captura de ecrã e escolha essa.
photo-format = Não conseguimos ler este tipo de ficheiro. Escolha uma fotografia JPEG, PNG ou WebP.
photo-bytes = Esta fotografia é grande demais. O limite é 24 MB.
photo-pixels = Esta fotografia é grande demais. Faça uma captura de ecrã e escolha essa.
photo-broken = Esta fotografia está estragada ou é de um tipo raro. Faça uma captura de ecrã ou escolha outra.
photo-empty = Esta fotografia chegou vazia. Abra-a primeiro no telemóvel e escolha-a outra vez.
photo-busy = Estamos a tratar de outras fotografias. Junte-a outra vez daqui a um minuto.

date = { $weekday } { $day }/{ $month }
weekday-1 = segunda-feira
weekday-2 = terça-feira
weekday-3 = quarta-feira
weekday-4 = quinta-feira
weekday-5 = sexta-feira
weekday-6 = sábado
weekday-7 = domingo

door-unread = Há dias que ninguém lê mensagens aqui.
door-shut = Agora não podemos receber mensagens
door-shut-why = Não há ninguém para as ler.
door-kept = Nada foi enviado. As suas palavras ainda estão nesta página.
door-closed = Esta página está fechada
door-closed-why = Já não recebemos mensagens aqui.

trouble-heading = Não recebemos a sua mensagem
trouble-kept = Nada foi enviado. O seu texto ainda está aqui. Tente outra vez daqui a alguns minutos.
trouble-again = Ainda nada foi enviado. O seu texto ainda está aqui. Espere alguns segundos e envie outra vez.
trouble-other = Se não puder esperar, ligue 101. Em perigo, ligue 999. Ou ligue para a Crimestoppers: 0800 555 111.
trouble-form = Não foi possível ler o formulário. Volte ao início e tente outra vez.
trouble-large = O que enviou é grande demais. Envie menos fotografias ou fotografias mais pequenas.
trouble-wait = Há agora muitas mensagens a chegar daqui. Espere um minuto e tente outra vez.
trouble-missing = Esta página não existe.
trouble-start = Ir para o início

messages-heading = Procurar uma resposta
messages-label = Número de recibo
messages-hint = 28 algarismos em grupos de quatro.
messages-button = Procurar
messages-none = Ainda não há resposta para este número. Nem todas as mensagens têm resposta.
messages-closed = Ainda não podemos enviar respostas.
messages-some = A nossa resposta:
messages-wrong = Este número tem um erro. Verifique cada algarismo.
messages-length = Um número de recibo tem 28 algarismos. Verifique se os escreveu todos.
messages-trouble = Agora não conseguimos procurar. Tente outra vez daqui a alguns minutos.
stage-received = Temos a sua mensagem.
stage-read = Uma pessoa leu a sua mensagem.
stage-passed-on = Passámos a sua mensagem a quem pode agir.
stage-finished = Terminámos o trabalho com a sua mensagem.
messages-older = Ver a resposta anterior
messages-answer = Escreva-nos com este número
messages-danger = Alguém está em perigo.
messages-child = Uma criança pode estar em risco.
messages-sent = Temos as suas palavras. Ficam junto da sua primeira mensagem.
messages-empty = Escreva alguma coisa primeiro.
messages-still = Continua a acontecer
messages-day = Em que dia?
messages-time = A que horas?
messages-day-missing = Escolha o dia.
messages-forget = Esquecer isto
messages-forget-why = Apagamos todas as respostas a este número. Se o usar outra vez, uma resposta nova pode demorar até mais duas semanas.
messages-forget-staff = Guardamos as suas palavras até duas pessoas as verem. Demora pelo menos sete dias.
messages-forget-now = Esquecer agora
messages-forgotten = Feito. Este número já não abre nenhuma resposta. Se o usar outra vez, uma resposta nova pode demorar até mais duas semanas.
messages-late = Esta página esteve aberta demasiado tempo. Escreva o número outra vez.

about-heading = Sobre esta página
about-what = A sua mensagem vai para a câmara municipal e para a polícia. Uma equipa de lá trata destes problemas.
about-kept = Não guardamos o seu nome nem o seu telefone. Não guardamos o endereço do seu telemóvel ou computador.
about-read = Só essa equipa pode abrir a sua mensagem. Depois de enviada, este site não a pode abrir.
about-days = { $count ->
    [one] Se ninguém recolher a mensagem, apagamo-la ao fim de cerca de { $count } dia.
   *[other] Se ninguém recolher a mensagem, apagamo-la ao fim de cerca de { $count } dias.
}
about-promise = Não podemos prometer tudo. As suas próprias palavras podem mostrar quem é.
about-device = O seu telemóvel pode lembrar-se de que esteve aqui. Apague o histórico se alguém o puder ver.
about-network = A empresa do seu telemóvel pode ver que esteve aqui, mas não o que escreveu.
about-police = Para outros crimes, ligue 101. O número da Crimestoppers é 0800 555 111.

kept-heading = O que guardamos
kept-what = Guardamos o que envia, o dia, a língua e a forma como chegou até nós. Se veio por um cartaz, guardamos também o número dele.

keys-heading = Quem pode abrir a sua mensagem
keys-lede = Estas equipas podem abrir a sua mensagem. Pode pedir-lhes o número da chave e comparar.
keys-all = Abre todas as mensagens.
keys-some = Abre as mensagens sobre:
keys-none = Abre só o que as pessoas lhe respondem.
keys-number = O número dela:
experts-heading = Para especialistas
lane-safeguarding = Pessoas em risco

others-heading = O que os outros sabem
others-phone = As empresas de telefone podem guardar isso durante um ano.
others-proxy = Uma máquina à frente desta página vê as suas palavras quando passam por ela.
others-sms = Um SMS também pode passar por uma empresa que recebe mensagens por nós. Ela pode guardá-las.
others-sms-name = A empresa é:

law-heading = O que a lei pode pedir
law-give = Um tribunal pode obrigar-nos a entregar o que temos. A polícia também pode pedir.
law-never = Não podemos dar o que não guardamos. Não guardamos nenhum nome, número de telefone ou endereço de telefone.
law-phone = Também podem perguntar à empresa do seu telemóvel se esteve aqui. O Tor esconde isso.

promise-heading = O que não podemos prometer
promise-moment = Este site vê as suas palavras por um momento, enquanto as fecha.
promise-photo = Uma fotografia pode mostrar que telemóvel a tirou, mesmo sem os dados escondidos.

ways-heading = Formas de nos contar, da mais segura à menos segura
ways-onion = Mais segura: abra este endereço na aplicação Tor. Ela esconde que esteve aqui.
ways-web = A seguir: esta página. A operadora vê que esteve aqui, mas não o que escreveu.
ways-text = Por último: envie-nos um SMS. O número é:
ways-text-network = A operadora sabe que nos enviou um SMS, quando e o que diz.
ways-text-phone = O SMS fica no seu telemóvel. Apague-o se alguém o puder ver.
ways-text-cost = Custa o mesmo que qualquer outro SMS.
ways-text-answer = Não vai receber resposta. Não precisa de enviar duas vezes.
ways-text-night = Não lemos os SMS à noite. Em perigo ligue 999.
ways-no-onion = Esta página não tem um endereço próprio na aplicação Tor.

device-heading = O que fica neste telemóvel
device-leave = O botão vermelho abre outro site. Depois disso, o botão Voltar não mostra as suas palavras.
device-history = O histórico continua a mostrar que esteve aqui. Aparece com este nome:
device-clear-heading = Como apagar o histórico
device-chrome = Chrome: toque nos três pontos e depois em Histórico. Toque na cruz ao lado desta página.
device-safari = iPhone: toque no livro e depois no relógio. Deslize esta página para a esquerda e apague-a.
device-other = Outras aplicações também têm o histórico no menu.
device-one = Apague só esta página. Um histórico vazio pode parecer estranho.
device-private = Da próxima vez, abra uma janela privada. Ela não guarda o histórico.
device-photos = As fotografias que tirou ficam no telemóvel. Apague-as aí e também onde ficam as fotografias apagadas.
device-spy = Algumas aplicações vigiam tudo o que se faz num telemóvel. Se tem medo disso, use outro telemóvel.

privacy-heading = Privacidade
privacy-who = Quem responde pelos dados:
privacy-nobody = Os responsáveis ainda não puseram aqui o seu nome.
privacy-contact = Escreva-lhes aqui:
privacy-use-heading = Como são usados os dados
privacy-law = Esta lei chama-se UK GDPR. Permite usar dados para travar crimes e proteger pessoas.
privacy-you = O que escreve pode ser informação sobre si, se mostrar quem é.
privacy-others = Também pode ser informação sobre as pessoas de quem escreve. Elas também têm direitos.
privacy-true = Por isso, escreva só o que viu, ouviu ou lhe contaram.
privacy-choice = Não é obrigatório dizer-nos nada.
privacy-shared = A equipa pode passar o que escreve à polícia, à habitação ou aos serviços de apoio. Cada um recebe só o que precisa.
privacy-kept = Depois de abrir a mensagem, a equipa decide quanto tempo a guarda.
privacy-person = É uma pessoa que decide o que fazer, não uma máquina.
privacy-rights-heading = Os seus direitos
privacy-rights = Pode perguntar o que sabem sobre si. Pode pedir que corrijam os dados, que deixem de os usar ou que os apaguem.
privacy-limits = Podem recusar, se isso prejudicar um caso ou uma pessoa.
privacy-find = Não sabemos quem escreveu o quê. Por isso, podem não encontrar a sua mensagem.
privacy-complain = Não ficou contente com a resposta? Fale com o ICO: 0303 123 1113 ou ico.org.uk.

access-heading = Acessibilidade
access-aim = Queremos que todos possam usar esta página. O nosso objetivo é WCAG 2.2, nível AA.
access-how = Pode aumentar o texto, usar só o teclado ou ouvir o texto lido. Funciona em telemóveis antigos.
access-tested = Testamo-la com ferramentas. Ninguém de fora a testou. Por isso dizemos que cumpre o objetivo em parte.
access-title = Todas as páginas têm o mesmo título, para que ninguém saiba o que está a ler.
access-draft = Ninguém que fale esta língua desde criança leu ainda o texto. Algumas palavras podem estar erradas.
access-contact = Há alguma coisa difícil de usar? Escreva para:
access-complain = Não ficou contente com a resposta? Fale com a EASS: 0808 800 0082.

signs-heading = Sinais a que deve prestar atenção
signs-link = Sinais:
signs-safe = Não se aproxime. Não tire fotografias a pessoas nem às casas delas.
signs-back = Diga-nos o que viu

sign-visitors = Muita gente entra e sai a horas estranhas
sign-strangers = Caras novas ou estranhos à campainha
sign-unseen = Já não se vê a pessoa que lá mora
sign-scared = A pessoa que lá mora parece assustada ou ferida
sign-curtains = Cortinas fechadas todo o dia
sign-door = A porta está partida ou fica aberta
sign-noise = Gritos, lutas ou barulho
sign-litter = Sacos de lixo, agulhas ou papel de alumínio
sign-cars = Carros, bicicletas ou motas param pouco tempo
sign-care = Os cuidadores deixaram de vir
sign-deals = Trocam-se coisas pequenas por dinheiro
sign-shortstops = Carros param um minuto e seguem
sign-needles = Agulhas, papel de alumínio ou saquinhos no chão
sign-lookouts = Pessoas paradas a vigiar
sign-phones = Um jovem tem muitos telemóveis
sign-money = Um jovem tem roupa nova ou dinheiro
sign-missing = Um jovem desaparece de casa
sign-injured = Um jovem está ferido ou assustado
sign-repeated = O mesmo rabisco em muitos sítios
sign-crossed = Um rabisco novo por cima de um antigo
sign-names = Nomes, números ou ameaças
sign-fresh = É novo

sms-answer = Obrigado. Recebemos a sua mensagem.
sms-code = Número de recibo:
sms-shut = Não recebemos a sua mensagem. Ninguém lê aqui agora. Ligue 101 ou 0800 555 111. Em perigo ligue 999.

print-heading = Passa-se algo{"\u00A0"}de{"\u00A0"}errado perto{"\u00A0"}de{"\u00A0"}si?
print-lede = Conte-nos. Não precisa de dizer quem é.
print-scan = Aponte a câmara do telemóvel para o código
print-type = Ou escreva este endereço:
print-later = Não precisa de o fazer aqui. Faça-o mais tarde, onde se sentir em segurança.
print-phone = Use um telemóvel que mais ninguém veja.
print-danger = Alguém está em perigo agora? Ligue 999.

print-text-heading = Ou envie uma SMS
print-text-number = Para este número:
print-text-code = Comece com o número do cartaz:
print-text-answer = Não vai receber resposta. Não é preciso enviar duas vezes.
print-text-night = Não lemos as SMS à noite.
print-text-stays = A SMS fica no telemóvel. Apague-a se alguém puder ver.
print-text-cost = Custa o mesmo que uma SMS normal.

print-signs-heading = O que deve observar
print-safe-heading = Proteja-se
print-safe-near = Não se aproxime. Não tire fotografias a pessoas nem às suas casas.
print-safe-name = Não escreva o seu nome, a sua morada nem o seu número de telefone.
print-safe-night = Lemos as mensagens no horário de trabalho, não à noite.

print-help-heading = Outra ajuda
print-help-999 = Perigo agora: 999
print-help-101 = Polícia, sem urgência: 101
print-help-crimestoppers = Crimestoppers, sem dizer o nome: 0800 555 111
print-help-childline = Childline, para crianças e jovens: 0800 1111
print-help-slavery = Modern Slavery Helpline (trabalho forçado e exploração): 08000 121 700
print-from = A sua mensagem vai para a câmara municipal e para a polícia. Só uma equipa a lê.

said-heading = Avisou-nos, e nós agimos
said-about = O que as pessoas nos contaram e o que foi feito.
said-choose = Escolha a sua parte da cidade.
said-others = Ver outra parte da cidade
said-few = Muito poucos para mostrar, ou nenhum.
said-ward-month = Cada mês, só para este bairro:
said-ward-quarter = Três meses, só para este bairro:
said-team-quarter = Três meses, para a área da polícia:
said-city-quarter = Três meses, para toda a cidade:
said-city-year = Um ano, para toda a cidade:
said-reported = Relatos recebidos:
said-passed = Passados a uma equipa que pode agir:
said-acted = Algo foi feito:
said-cleaned = Limpo:
said-secured = Casas protegidas:
said-support = Pessoas que receberam apoio:
said-enforced = A polícia ou um tribunal agiu:
said-count = cerca de { $count }
said-most = a maioria
said-twice = Se muitas pessoas relatam a mesma coisa, conta como uma.
said-unnamed = Um relato sem lugar conta só para toda a cidade.
said-rounded = Arredondamos cada número a 5. Nunca mostramos um número abaixo de 10.
said-late = Cada número tem pelo menos um mês. Não o mudamos depois.
