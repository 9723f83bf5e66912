# DRAFT: no native reader has read this file yet. Spanish (español).

draft = yes
direction = ltr
heading = ¿Pasa algo malo cerca de usted?
lede = Cuéntenoslo. No tiene que decir quién es.
scan = Escanee esto con la cámara del móvil
type = O escriba esta dirección:
code = Código:
later = No tiene que hacerlo aquí. Hágalo más tarde, donde se sienta a salvo.
phone = Use un móvil que nadie más mire.
danger = ¿Hay alguien en peligro ahora? Llame al 999.

text-heading = O envíe un SMS
text-number = A este número:
text-code = Empiece el SMS con este código:
text-answer = No recibirá respuesta. No hace falta enviarlo dos veces.
text-night = No leemos los SMS por la noche.
text-network = Su compañía de teléfono puede ver que nos envió un SMS y cuándo.
text-stays = El SMS se queda en el móvil. Bórrelo si alguien puede mirarlo.
text-cost = Cuesta lo que su compañía cobra por un SMS.

signs-heading = En qué fijarse
safe-heading = Protéjase
safe-near = No se acerque. No haga fotos de personas ni de sus casas.
safe-name = No ponga su nombre, dónde vive ni su número de teléfono.
safe-night = Leemos los mensajes en horario de trabajo, no por la noche.

help-heading = Otra ayuda
help-999 = Peligro ahora: 999
help-101 = Policía, si no es urgente: 101
help-crimestoppers = Crimestoppers, sin dar su nombre: 0800 555 111
help-childline = Childline, para niños y jóvenes: 0800 1111
help-slavery = Modern Slavery Helpline (trabajo forzado y explotación): 08000 121 700
from = Su mensaje llega al ayuntamiento y a la policía. Lo lee un solo equipo.
