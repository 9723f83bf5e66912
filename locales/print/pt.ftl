# DRAFT: no native reader has read this file yet. Portuguese (português).

draft = yes
direction = ltr
heading = Passa-se algo de errado perto de si?
lede = Conte-nos. Não precisa de dizer quem é.
scan = Aponte a câmara do telemóvel para o código
type = Ou escreva este endereço:
code = Código:
later = Não precisa de o fazer aqui. Faça-o mais tarde, onde se sentir em segurança.
phone = Use um telemóvel que mais ninguém veja.
danger = Alguém está em perigo agora? Ligue 999.

text-heading = Ou envie uma SMS
text-number = Para este número:
text-code = Comece a SMS com este código:
text-answer = Não vai receber resposta. Não é preciso enviar duas vezes.
text-night = Não lemos as SMS à noite.
text-network = A sua operadora vê que nos enviou uma SMS e quando.
text-stays = A SMS fica no telemóvel. Apague-a se alguém puder ver.
text-cost = Custa o que a sua operadora cobra por uma SMS.

signs-heading = O que deve observar
safe-heading = Proteja-se
safe-near = Não se aproxime. Não tire fotografias a pessoas nem às suas casas.
safe-name = Não escreva o seu nome, a sua morada nem o seu número de telefone.
safe-night = Lemos as mensagens no horário de trabalho, não à noite.

help-heading = Outra ajuda
help-999 = Perigo agora: 999
help-101 = Polícia, sem urgência: 101
help-crimestoppers = Crimestoppers, sem dizer o nome: 0800 555 111
help-childline = Childline, para crianças e jovens: 0800 1111
help-slavery = Modern Slavery Helpline (trabalho forçado e exploração): 08000 121 700
from = A sua mensagem vai para a câmara municipal e para a polícia. Só uma equipa a lê.
