# DRAFT: no native reader has read this file yet. Spanish (español).

draft = yes
direction = ltr
heading = ¿Pasa algo malo cerca de ti?
lede = Cuéntanoslo. No tienes que decir quién eres.
scan = Escanea esto con la cámara del móvil
type = O escribe esta dirección:
code = Código:
later = No tienes que hacerlo aquí. Hazlo más tarde, donde te sientas a salvo.
phone = Usa un móvil que nadie más mire.
danger = ¿Hay alguien en peligro ahora? Llama al 999.

text-heading = O envía un SMS
text-number = A este número:
text-code = Empieza el SMS con este código:
text-answer = No recibirás respuesta. No hace falta enviarlo dos veces.
text-night = No leemos los SMS por la noche.
text-network = Tu compañía de teléfono puede ver que nos enviaste un SMS y cuándo.
text-stays = El SMS se queda en el móvil. Bórralo si alguien puede mirarlo.
text-cost = Cuesta lo que tu compañía cobra por un SMS.

signs-heading = En qué fijarse
safe-heading = Protégete
safe-near = No te acerques. No hagas fotos a personas ni a sus casas.
safe-name = No pongas tu nombre, dónde vives ni tu número de teléfono.
safe-night = Leemos los mensajes en horario de trabajo, no por la noche.

help-heading = Otra ayuda
help-999 = Peligro ahora: 999
help-101 = Policía, si no es urgente: 101
help-crimestoppers = Crimestoppers, sin dar tu nombre: 0800 555 111
help-childline = Childline, para niños y jóvenes: 0800 1111
help-slavery = Modern Slavery Helpline (trabajo forzado y explotación): 08000 121 700
from = Tu mensaje llega al ayuntamiento y a la policía. Lo lee un solo equipo.
