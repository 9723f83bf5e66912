# DRAFT: no native reader has read this file yet. Spanish (español). When one has, set `draft = no`: see README.md here.

draft = yes
direction = ltr
language-name = Español
recognised-as = spa
title = Su mensaje
leave = Salir ya de esta página
demo = Esto es una prueba. Lo que escriba no se envía a ninguna parte.

lede-heading = Cuéntenos qué ha visto
lede-languages = Idioma
lede = Su mensaje llega al ayuntamiento y a la policía. No preguntamos quién es usted.
lede-danger = ¿Hay alguien en peligro ahora? Llame al 999.
danger-now = Llame ahora al 999. Si no puede hablar, pulse 55 en el móvil cuando se lo pidan. De noche no leemos esto.
lede-watched = Leemos los mensajes en horas de trabajo, no por la noche.
reads-next = La próxima vez:
lede-device = ¿Alguien puede mirar este teléfono?
lede-other = Si puede, use otro.
lede-leave = El botón rojo le saca de aquí deprisa. No borra el historial.
lede-clears = Atrás y estos enlaces borran lo que ha escrito.

optional = Puede dejarlo en blanco.
yes = Sí
no = No
unsure = No lo sé

topic-label = ¿De qué se trata?
topic-graffiti = Grafitis o pintadas
topic-cuckooing = Una casa ocupada por vendedores de droga
topic-drugs = Venta o consumo de drogas
topic-other = Otra cosa
what-label = ¿Qué ha visto u oído?
what-hint = No escriba su nombre, su dirección ni su teléfono.
where-label = ¿Dónde es?
where-hint = Una calle, un edificio o un lugar cercano.
when-label = ¿Cuándo pasa?
when-hint = Un día, una hora del día o con qué frecuencia.
ongoing-label = ¿Sigue pasando?
danger-label = ¿Hay alguien en peligro?
child-label = ¿Puede haber un niño en peligro?
more = Más preguntas
impact-label = ¿Cómo le afecta a usted o a la zona?
vehicle-label = ¿Hay algún coche, bicicleta, moto o furgoneta?
vehicle-hint = Matrícula, marca o color.
how-label = ¿Cómo lo sabe?
how-saw = Lo he visto u oído yo
how-told = Me lo ha contado alguien
how-guess = Es lo que creo
how-unsaid = Prefiero no decirlo
offensive-label = La pintada es racista, de odio o una amenaza
signs-label = ¿Ha visto algo de esto?

photos-label = Fotos
photos-hint = Solo de pintadas, y solo si no hay peligro. Hasta 4 fotos.
photos-never = No se acerque nunca a los vendedores de droga ni a sus casas para hacer una foto.
photos-clean = Quitamos los datos ocultos, como el lugar donde se hizo la foto.
honeypot-label = Deje esto en blanco

button-check = Revisar antes de enviar
button-send = Enviar
button-recheck = Revisar otra vez

check-heading = Revise lo que va a enviar
check-lede = Solo recibimos esto, su idioma y la fecha de hoy.
check-back = No pulse Atrás: borra lo que ha escrito.
check-change = Cambiar algo
check-marks = Estas palabras pueden mostrar quién es usted. Cámbielas si puede.
check-clear = No hemos encontrado palabras que muestren quién es usted. Mire usted también.
check-busy = No hemos podido revisar todas estas palabras. Mire si muestran quién es usted.
check-unread = No podemos revisar palabras en este idioma. Mire si muestran quién es usted.
check-more = Y hay más como estas.
check-photo = Foto { $count }
check-photo-bare = No tenía nada oculto.
check-photo-removed = Hemos quitado:
check-photo-drop = No enviar esta foto
check-code = Enviar también el número del cartel. Dice qué cartel vio, no quién es usted:
check-photo-look = Mire otra vez sus fotos. Una cara, una ventana o una matrícula pueden mostrar quién es usted.
check-photo-safe = Ha añadido fotos a un mensaje sobre una casa. ¿Es seguro enviarlas?

# Between the words of a list, and at its end.
list-comma = {", "}
list-stop = .

removed-gps = el lugar
removed-camera = el teléfono o la cámara
removed-time = la fecha y la hora
removed-text = nombres y notas
removed-thumbnail = una copia pequeña de la foto
removed-profile = datos de color
removed-trailer = datos detrás de la foto
removed-other = otros datos ocultos

mark-email = Una dirección de correo:
mark-phone = Un número de teléfono:
mark-contact = Una forma de contactar con usted:
mark-name = Su nombre:
mark-home = Dónde vive:
mark-neighbour = Lo cerca que vive:
mark-family = Su familia o sus amigos:
mark-work = Su trabajo:
mark-only = Algo que sabe poca gente:

receipt-heading = Tenemos su mensaje
receipt-lede = Su número de recibo es:
receipt-again = Ya teníamos este mensaje. Se guarda una sola vez.
receipt-hidden = No mostramos otra vez su número.
receipt-keep = Apúntelo si no es peligroso. No podemos mostrarlo otra vez.
receipt-use = Con este número puede buscar una respuesta más tarde.
receipt-proof = Este número prueba que el mensaje es suyo. Todavía no podemos enviar respuestas.
receipt-risk = Quien encuentre el número puede leer la respuesta. Si eso es un riesgo, no lo guarde.
receipt-keep-heading = Guardar el número
receipt-disguise = Puede apuntarlo como otra cosa, por ejemplo un número de cliente.
receipt-links = Si escribe otra vez con él, vemos que los mensajes van juntos.
receipt-lost = Si lo pierde, no podemos encontrarlo. No sabemos quién es usted.
receipt-not-heading = No lo necesito
receipt-not = Entonces salga de la página. Una persona leerá su mensaje igualmente.
receipt-next = Una persona leerá su mensaje. Tal vez no podamos decirle qué pasa después.
receipt-close = Ya puede cerrar esta página.
receipt-messages = Buscar una respuesta
help-heading = ¿Es su casa? Puede recibir ayuda.
help-victims = Ayuda a víctimas:
help-slavery = Explotación o trabajo forzado:
help-housing = Un hogar seguro:
help-debt = Ayuda con deudas:
help-police = ¿Es sobre alguien de la policía? Llame a Crimestoppers: 0800 085 0000.
help-council = ¿Es alguien del ayuntamiento? Escriba a:

problem-heading = Hay un problema
problem-topic = Elija de qué se trata.
problem-what = Cuéntenos qué ha visto.
problem-long = { $count ->
    [one] Sobra { $count } carácter. Por favor, acorte el texto.
   *[other] Sobran { $count } caracteres. Por favor, acorte el texto.
}
problem-token = Esta página ha estado abierta demasiado tiempo. Su texto sigue aquí. Envíelo otra vez.
problem-photos-many = Puede enviar 4 fotos como máximo. Hemos dejado fuera las demás.
problem-photos-gone = Las fotos han esperado demasiado y las hemos borrado. Elíjalas otra vez o envíe sin ellas.
problem-photos-room = Ahora no podemos recibir fotos. Puede enviar el texto sin ellas.
problem-photos-added = Hemos añadido sus fotos. Mírelas y después envíe.
problem-photo-count = Foto { $count }:
problem-broken = La subida se ha cortado. Su texto sigue aquí. Añada las fotos otra vez.
problem-cut = El texto era demasiado largo y hemos cortado el final.
problem-odd = Con el formulario llegó algo que no conocemos. No lo hemos tomado.

photo-not-an-image = Este archivo no es una foto.
photo-heic = No podemos leer este tipo de foto (HEIC). Haga una captura de pantalla y elija esa.
photo-format = No podemos leer este tipo de archivo. Elija una foto JPEG, PNG o WebP.
photo-bytes = Esta foto es demasiado grande. El límite es de 24 MB.
photo-pixels = Esta foto es demasiado grande. Haga una captura de pantalla y elija esa.
photo-broken = Esta foto está dañada o es de un tipo raro. Haga una captura de pantalla o elija otra.
photo-empty = Esta foto llegó vacía. Ábrala primero en el teléfono y elíjala otra vez.
photo-busy = Estamos con otras fotos. Añádala otra vez dentro de un minuto.

date = { $weekday } { $day }/{ $month }
weekday-1 = lunes
weekday-2 = martes
weekday-3 = miércoles
weekday-4 = jueves
weekday-5 = viernes
weekday-6 = sábado
weekday-7 = domingo

door-unread = Hace días que nadie lee los mensajes aquí.
door-shut = Ahora no podemos recibir mensajes
door-shut-why = No hay nadie para leerlos.
door-kept = No se envió nada. Sus palabras siguen en esta página.
door-closed = Esta página está cerrada
door-closed-why = Ya no recibimos mensajes aquí.

trouble-heading = No hemos recibido su mensaje
trouble-kept = No se ha enviado nada. Su texto sigue aquí. Inténtelo otra vez dentro de unos minutos.
trouble-again = Todavía no se ha enviado nada. Su texto sigue aquí. Espere unos segundos y envíelo otra vez.
trouble-other = Si no puede esperar, llame al 101. Si hay peligro, llame al 999. O llame a Crimestoppers: 0800 555 111.
trouble-form = No se ha podido leer el formulario. Vuelva al inicio e inténtelo otra vez.
trouble-large = Lo que ha enviado es demasiado grande. Envíe menos fotos o fotos más pequeñas.
trouble-wait = Ahora llegan muchos mensajes desde aquí. Espere un minuto e inténtelo otra vez.
trouble-missing = Esta página no existe.
trouble-start = Ir al inicio

messages-heading = Buscar una respuesta
messages-label = Número de recibo
messages-hint = 28 cifras en grupos de cuatro.
messages-button = Buscar
messages-none = Todavía no hay respuesta para este número. No todos los mensajes la tienen.
messages-closed = Todavía no podemos enviar respuestas.
messages-some = Nuestra respuesta:
messages-wrong = Este número tiene un error. Revise cada cifra.
messages-length = Un número de recibo tiene 28 cifras. Revise si las ha escrito todas.
messages-trouble = Ahora no podemos buscar. Inténtelo otra vez dentro de unos minutos.
stage-received = Tenemos su mensaje.
stage-read = Una persona ha leído su mensaje.
stage-passed-on = Hemos pasado su mensaje a quien puede actuar.
stage-finished = Hemos terminado con su mensaje.
messages-older = Ver la respuesta anterior
messages-answer = Escríbanos con este número
messages-danger = Hay alguien en peligro.
messages-child = Puede haber un niño en peligro.
messages-sent = Tenemos sus palabras. Van junto a su primer mensaje.
messages-empty = Escriba algo primero.
messages-still = Sigue pasando
messages-day = ¿Qué día?
messages-time = ¿A qué hora?
messages-day-missing = Elija el día.
messages-forget = Olvidar esto
messages-forget-why = Borramos todas las respuestas a este número. Si lo usa otra vez, una respuesta nueva puede tardar hasta dos semanas más.
messages-forget-staff = Guardamos sus palabras hasta que dos personas las hayan mirado. Eso tarda al menos siete días.
messages-forget-now = Olvidarlo ahora
messages-forgotten = Hecho. Este número ya no abre ninguna respuesta. Si lo usa otra vez, una respuesta nueva puede tardar hasta dos semanas más.
messages-late = Esta página estuvo abierta demasiado tiempo. Escriba el número otra vez.

about-heading = Sobre esta página
about-what = Su mensaje llega al ayuntamiento y a la policía. Allí un equipo se ocupa de estos problemas.
about-kept = No guardamos su nombre ni su teléfono. No guardamos la dirección de su teléfono ni de su ordenador.
about-read = Solo ese equipo puede abrir su mensaje. Después de enviarlo, esta web no puede abrirlo.
about-days = { $count ->
    [one] Si nadie recoge el mensaje, lo borramos después de { $count } día, más o menos.
   *[other] Si nadie recoge el mensaje, lo borramos después de { $count } días, más o menos.
}
about-promise = No podemos prometerlo todo. Sus propias palabras pueden mostrar quién es usted.
about-device = Su teléfono puede recordar que ha estado aquí. Borre el historial si alguien puede mirarlo.
about-network = Su compañía de teléfono puede ver que ha estado aquí, pero no lo que ha escrito.
about-police = Para otros delitos, llame al 101. El número de Crimestoppers es 0800 555 111.

kept-heading = Qué guardamos
kept-what = Guardamos lo que envía, el día, su idioma y la forma en que nos llegó. Si vino por un cartel, guardamos también su número.

keys-heading = Quién puede abrir su mensaje
keys-lede = Estos equipos pueden abrir su mensaje. Puede pedirles el número de su llave y compararlo.
keys-all = Abre todos los mensajes.
keys-some = Abre los mensajes sobre:
keys-none = Abre solo lo que la gente le contesta.
keys-number = Su número:
experts-heading = Para expertos
lane-safeguarding = Personas en riesgo

others-heading = Qué saben otros
others-phone = Las compañías de teléfono pueden guardar eso durante un año.
others-proxy = Una máquina delante de esta página ve sus palabras cuando pasan por ella.
others-sms = Un SMS también puede pasar por una empresa que recibe mensajes para nosotros. Puede guardarlos.
others-sms-name = La empresa es:

law-heading = Qué puede pedir la ley
law-give = Un juez puede obligarnos a entregar lo que tenemos. La policía también puede pedirlo.
law-never = No podemos dar lo que no guardamos. No guardamos ningún nombre, ningún número de teléfono y ninguna dirección de teléfono.
law-phone = También pueden preguntar a su compañía de teléfono si estuvo aquí. Tor lo oculta.

promise-heading = Qué no podemos prometer
promise-moment = Esta web ve sus palabras un momento, mientras las cierra con llave.
promise-photo = Una foto puede mostrar qué teléfono la hizo, aunque ya no tenga datos ocultos.

ways-heading = Formas de avisarnos, la más segura primero
ways-onion = La más segura: abra esta dirección en la aplicación Tor. Oculta que estuvo aquí.
ways-web = Después: esta página. Su compañía de teléfono ve que entró aquí, no lo que escribió.
ways-text = Por último: envíenos un SMS. El número es:
ways-text-network = La compañía de teléfono sabe que nos envió un SMS, cuándo y qué dice.
ways-text-phone = El SMS se queda en su teléfono. Bórrelo si alguien puede mirarlo.
ways-text-cost = Cuesta lo mismo que cualquier otro SMS.
ways-text-answer = No habrá respuesta. No hace falta enviarlo dos veces.
ways-text-night = No leemos los SMS por la noche. En peligro llame al 999.
ways-no-onion = Esta página no tiene una dirección propia en la aplicación Tor.

device-heading = Qué queda en este teléfono
device-leave = El botón rojo abre otra web. Después, el botón Atrás no muestra sus palabras.
device-history = El historial sigue mostrando que ha estado aquí. Aparece con este nombre:
device-clear-heading = Cómo borrar el historial
device-chrome = Chrome: toque los tres puntos y después Historial. Toque la cruz junto a esta página.
device-safari = iPhone: toque el libro y después el reloj. Deslice esta página a la izquierda y bórrela.
device-other = Otras aplicaciones también tienen el historial en su menú.
device-one = Borre solo esta página. Un historial vacío puede parecer raro.
device-private = La próxima vez, abra una ventana privada. No guarda el historial.
device-photos = Las fotos que ha hecho se quedan en el teléfono. Bórrelas allí y también donde se guardan las fotos borradas.
device-spy = Algunas aplicaciones vigilan todo lo que se hace en un teléfono. Si teme eso, use otro teléfono.

privacy-heading = Privacidad
privacy-who = Responde de los datos:
privacy-nobody = Los responsables todavía no han puesto aquí su nombre.
privacy-contact = Escríbales aquí:
privacy-use-heading = Cómo se usan los datos
privacy-law = Esta ley se llama UK GDPR. Permite usar datos para frenar delitos y proteger a la gente.
privacy-you = Lo que escribe puede ser información sobre usted, si muestra quién es.
privacy-others = También puede ser información sobre la gente de la que escribe. Ellos también tienen derechos.
privacy-true = Por eso, escriba solo lo que ha visto, ha oído o le han contado.
privacy-choice = No tiene que contarnos nada.
privacy-shared = El equipo puede pasar lo que escribe a la policía, a vivienda o a los servicios de ayuda. Cada uno recibe solo lo que necesita.
privacy-kept = Cuando el equipo abre el mensaje, decide cuánto tiempo lo guarda.
privacy-person = Una persona decide qué hacer, no una máquina.
privacy-rights-heading = Sus derechos
privacy-rights = Puede preguntar qué saben de usted. Puede pedir que corrijan los datos, que dejen de usarlos o que los borren.
privacy-limits = Pueden decir que no, si eso daña un caso o a una persona.
privacy-find = No sabemos quién escribió qué. Por eso puede que no encuentren su mensaje.
privacy-complain = ¿No está conforme con la respuesta? Avise a la ICO: 0303 123 1113 o ico.org.uk.

access-heading = Accesibilidad
access-aim = Queremos que todos puedan usar esta página. Nuestra meta es WCAG 2.2, nivel AA.
access-how = Puede agrandar el texto, usar solo el teclado o escuchar el texto leído. Funciona en teléfonos viejos.
access-tested = La probamos con herramientas. Nadie de fuera la ha probado. Por eso decimos que cumple la meta en parte.
access-title = Todas las páginas tienen el mismo título, para que nadie sepa qué lee.
access-draft = Nadie que hable este idioma desde niño ha leído aún el texto. Algunas palabras pueden estar mal.
access-contact = ¿Hay algo difícil de usar? Escriba a:
access-complain = ¿No está conforme con la respuesta? Avise al EASS: 0808 800 0082.

signs-heading = Señales en las que fijarse
signs-link = Señales:
signs-safe = No se acerque. No haga fotos de personas ni de sus casas.
signs-back = Cuéntenos qué ha visto

sign-visitors = Mucha gente entra y sale a horas raras
sign-strangers = Caras nuevas o desconocidos en el telefonillo
sign-unseen = Ya no se ve a la persona que vive allí
sign-scared = La persona que vive allí parece asustada o herida
sign-curtains = Cortinas cerradas todo el día
sign-door = La puerta está rota o se deja abierta
sign-noise = Gritos, peleas o ruido
sign-litter = Bolsas de basura, agujas o papel de aluminio
sign-cars = Coches, bicicletas o motos que paran poco tiempo
sign-care = Los cuidadores ya no vienen
sign-deals = Se cambian cosas pequeñas por dinero
sign-shortstops = Coches que paran un minuto y siguen
sign-needles = Agujas, papel de aluminio o bolsitas en el suelo
sign-lookouts = Gente parada que vigila
sign-phones = Un joven tiene muchos teléfonos
sign-money = Un joven tiene ropa nueva o dinero
sign-missing = Un joven desaparece de casa
sign-injured = Un joven está herido o asustado
sign-repeated = La misma pintada en muchos sitios
sign-crossed = Una pintada nueva encima de otra vieja
sign-names = Nombres, números o amenazas
sign-fresh = Es nuevo

sms-answer = Gracias. Tenemos su mensaje.
sms-code = Número de recibo:
sms-shut = No recibimos su mensaje. Nadie lee aquí ahora. Llame al 101 o al 0800 555 111. En peligro llame al 999.

print-heading = ¿Pasa{"\u00A0"}algo{"\u00A0"}malo cerca{"\u00A0"}de{"\u00A0"}usted?
print-lede = Cuéntenoslo. No tiene que decir quién es.
print-scan = Escanee esto con la cámara del móvil
print-type = O escriba esta dirección:
print-later = No tiene que hacerlo aquí. Hágalo más tarde, donde se sienta a salvo.
print-phone = Use un móvil que nadie más mire.
print-danger = ¿Hay alguien en peligro ahora? Llame al 999.

print-text-heading = O envíe un SMS
print-text-number = A este número:
print-text-code = Empiece con el número de cartel:
print-text-answer = No recibirá respuesta. No hace falta enviarlo dos veces.
print-text-night = No leemos los SMS por la noche.
print-text-stays = El SMS se queda en el móvil. Bórrelo si alguien puede mirarlo.
print-text-cost = Cuesta lo mismo que un SMS normal.

print-signs-heading = En qué fijarse
print-safe-heading = Protéjase
print-safe-near = No se acerque. No haga fotos de personas ni de sus casas.
print-safe-name = No ponga su nombre, dónde vive ni su número de teléfono.
print-safe-night = Leemos los mensajes en horario de trabajo, no por la noche.

print-help-heading = Otra ayuda
print-help-999 = Peligro ahora: 999
print-help-101 = Policía, si no es urgente: 101
print-help-crimestoppers = Crimestoppers, sin dar su nombre: 0800 555 111
print-help-childline = Childline, para niños y jóvenes: 0800 1111
print-help-slavery = Modern Slavery Helpline (trabajo forzado y explotación): 08000 121 700
print-from = Su mensaje llega al ayuntamiento y a la policía. Lo lee un solo equipo.

said-heading = Usted avisó, nosotros actuamos
said-about = Lo que la gente nos contó y lo que se hizo.
said-choose = Elija su parte de la ciudad.
said-others = Ver otra parte de la ciudad
said-few = Muy pocos para mostrarlos, o ninguno.
said-ward-month = Cada mes, solo para este barrio:
said-ward-quarter = Tres meses, solo para este barrio:
said-team-quarter = Tres meses, para la zona de la policía:
said-city-quarter = Tres meses, para toda la ciudad:
said-city-year = Un año, para toda la ciudad:
said-reported = Avisos recibidos:
said-passed = Pasados a un equipo que puede actuar:
said-acted = Se hizo algo:
said-cleaned = Se limpió:
said-secured = Viviendas aseguradas:
said-support = Personas que recibieron ayuda:
said-enforced = La policía o un tribunal actuó:
said-count = unos { $count }
said-most = la mayoría
said-twice = Si muchas personas avisan de lo mismo, cuenta como uno.
said-unnamed = Un aviso sin lugar cuenta solo para toda la ciudad.
said-rounded = Redondeamos cada número a 5. Nunca mostramos un número menor de 10.
said-late = Cada número tiene al menos un mes. No lo cambiamos después.
