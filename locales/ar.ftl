# DRAFT: no native reader has read this file yet. Modern Standard Arabic (العربية). When one has, set `draft = no`: see README.md here.
# A number in groups stands between {"\u2066"} and {"\u2069"}, so that its groups keep their order in a line from right to left.

draft = yes
direction = rtl
language-name = العربية
title = رسالتك
leave = غادر هذه الصفحة الآن
demo = هذه نسخة تجريبية. ما تكتبه هنا لا يُرسل إلى أي مكان.
skip = انتقل إلى النموذج

lede-heading = أخبرنا بما رأيت
lede = لا نسأل من أنت. من فضلك لا تخبرنا بذلك.
lede-danger = هل هناك شخص في خطر الآن؟ اتصل بالرقم 999.
lede-watched = نقرأ الرسائل في ساعات العمل، وليس في الليل.
lede-device = هل يمكن أن يفتش أحد هذا الهاتف؟ استخدم هاتفًا آخر إن أمكن.

required = يجب الإجابة عن هذا السؤال.
optional = يمكنك ترك هذا فارغًا.
yes = نعم
no = لا
unsure = لا أعرف

topic-label = ما الموضوع؟
topic-graffiti = كتابات أو رسوم على الجدران
topic-cuckooing = بيت استولى عليه تجار المخدرات
topic-drugs = بيع المخدرات أو تعاطيها
topic-other = شيء آخر
what-label = ماذا رأيت أو سمعت؟
what-hint = لا تكتب اسمك أو عنوانك أو رقم هاتفك.
where-label = أين يحدث ذلك؟
where-hint = شارع أو مبنى أو مكان قريب.
when-label = متى يحدث ذلك؟
when-hint = اليوم أو الوقت أو كم مرة يحدث.
ongoing-label = هل ما زال يحدث؟
danger-label = هل هناك شخص في خطر؟
child-label = هل يمكن أن يكون طفل في خطر؟
more = أسئلة أخرى
impact-label = كيف يؤثر ذلك عليك أو على المنطقة؟
vehicle-label = هل هناك سيارة أو دراجة أو شاحنة صغيرة؟
vehicle-hint = رقم اللوحة أو النوع أو اللون.
how-label = كيف عرفت ذلك؟
how-saw = رأيت ذلك أو سمعته
how-told = أخبرني شخص بذلك
how-guess = أظن ذلك
how-unsaid = لا أريد أن أقول
offensive-label = الكتابة عنصرية أو فيها كراهية أو تهديد
signs-label = هل رأيت شيئًا من هذا؟

photos-label = الصور
photos-hint = للكتابات والرسوم على الجدران فقط، وإذا كان التصوير آمنًا فقط. 4 صور على الأكثر.
photos-never = لا تقترب أبدًا من تجار المخدرات أو بيوتهم لالتقاط صورة.
photos-clean = نزيل البيانات المخفية، مثل مكان التقاط الصورة.
honeypot-label = اترك هذا فارغًا

button-check = راجع قبل الإرسال
button-send = إرسال
button-recheck = راجع مرة أخرى

check-heading = راجع ما سترسله
check-lede = هذا كل ما سنرسله. يمكنك تغييره هنا.
check-marks = هذه الكلمات قد تكشف من أنت. غيّرها إن استطعت.
check-clear = لم نجد رقم هاتف أو عنوان بريد إلكتروني. لا يمكننا فحص الكلمات العربية. راجعها: هل تكشف من أنت؟
check-photo = الصورة { $count }
check-photo-bare = لم يكن فيها شيء مخفي.
check-photo-removed = أزلنا:
check-photo-drop = لا ترسلوا هذه الصورة
check-photo-look = انظر إلى صورك مرة أخرى. قد يكشف وجه أو نافذة أو لوحة سيارة من أنت.

# Between the words of a list, and at its end.
list-comma = {"، "}
list-stop = .

removed-gps = المكان
removed-camera = نوع الهاتف أو الكاميرا
removed-time = التاريخ والوقت
removed-text = أسماء وملاحظات
removed-thumbnail = نسخة صغيرة من الصورة
removed-profile = إعدادات الألوان
removed-trailer = بيانات ملحقة بالصورة
removed-other = بيانات مخفية أخرى

mark-email = عنوان بريد إلكتروني
mark-phone = رقم هاتف
mark-contact = طريقة للوصول إليك
mark-name = اسمك
mark-home = مكان سكنك
mark-neighbour = مدى قرب سكنك
mark-family = أسرتك أو أصدقاؤك
mark-work = عملك
mark-only = شيء يعرفه قليل من الناس

receipt-heading = وصلتنا رسالتك
receipt-lede = رمزك هو:
receipt-keep = اكتبه عندك إن كان ذلك آمنًا. لا يمكننا عرضه مرة أخرى.
receipt-use = بهذا الرمز يمكنك أن تبحث لاحقًا عن رد.
receipt-risk = من يجد الرمز يمكنه قراءة الرد. إن كان في ذلك خطر، فلا تحتفظ به.
receipt-next = سيقرأ شخص رسالتك. قد لا نستطيع إخبارك بما سيحدث بعد ذلك.
receipt-messages = ابحث عن رد

problem-heading = من فضلك راجع هذا مرة أخرى
problem-topic = اختر الموضوع.
problem-what = أخبرنا بما رأيت.
problem-long = { $count ->
    [zero] النص طويل. اختصره من فضلك.
    [one] النص أطول من المسموح بحرف واحد. اختصره من فضلك.
    [two] النص أطول من المسموح بحرفين. اختصره من فضلك.
    [few] النص أطول من المسموح بعدد { $count } أحرف. اختصره من فضلك.
    [many] النص أطول من المسموح بعدد { $count } حرفًا. اختصره من فضلك.
   *[other] النص أطول من المسموح بعدد { $count } حرف. اختصره من فضلك.
}
problem-token = بقيت هذه الصفحة مفتوحة وقتًا طويلًا. كلماتك ما زالت هنا. أرسلها مرة أخرى.
problem-photos-many = يمكنك إرسال 4 صور على الأكثر. تركنا الصور الأخرى.
problem-photos-gone = انتظرت الصور وقتًا طويلًا، فحذفناها. اخترها مرة أخرى أو أرسل من دونها.
problem-photos-room = لا يمكننا استلام صور الآن. يمكنك إرسال كلماتك من دونها.
problem-photos-added = أضفنا صورك. انظر إليها ثم أرسل.
problem-photo-count = الصورة { $count }:
problem-broken = انقطع التحميل. كلماتك ما زالت هنا. أضف صورك مرة أخرى.
problem-cut = كان النص طويلًا جدًا، فحذفنا آخره.

photo-not-an-image = هذا الملف ليس صورة.
photo-heic = لا يمكننا قراءة هذا النوع من الصور (HEIC). التقط صورة للشاشة واخترها.
photo-format = لا يمكننا قراءة هذا النوع من الملفات. اختر صورة JPEG أو PNG أو WebP.
photo-bytes = هذه الصورة كبيرة جدًا. الحد هو 12 ميغابايت.
photo-pixels = في هذه الصورة نقاط كثيرة جدًا. اختر صورة أصغر.
photo-broken = هذه الصورة تالفة. اختر صورة أخرى.
photo-busy = نعمل الآن على صور أخرى. أضفها مرة أخرى بعد دقيقة.

trouble-heading = لم تصلنا رسالتك
trouble-kept = لم يُرسل شيء. كلماتك ما زالت هنا. حاول مرة أخرى بعد بضع دقائق.
trouble-other = إذا كان الأمر لا ينتظر، فاتصل بالرقم 101. عند الخطر اتصل بالرقم 999. أو اتصل بـ Crimestoppers على الرقم {"\u2066"}0800 555 111{"\u2069"}.
trouble-form = لم نستطع قراءة النموذج. ارجع إلى البداية وحاول مرة أخرى.
trouble-large = ما أرسلته كبير جدًا. أرسل صورًا أقل أو أصغر.
trouble-wait = تصل رسائل كثيرة من هنا الآن. انتظر دقيقة وحاول مرة أخرى.
trouble-missing = هذه الصفحة غير موجودة.
trouble-start = اذهب إلى البداية

messages-heading = ابحث عن رد
messages-lede = اكتب الرمز الذي كتبته عندك.
messages-label = رمزك
messages-hint = 28 رقمًا في مجموعات من أربعة.
messages-button = ابحث
messages-none = لا يوجد رد لهذا الرمز بعد. لا نرد على كل رسالة.
messages-some = الردود:
messages-wrong = في هذا الرمز خطأ. راجع كل رقم.
messages-length = في الرمز 28 رقمًا. تأكد أنك كتبتها كلها.
messages-trouble = لا يمكننا البحث الآن. حاول مرة أخرى بعد بضع دقائق.

about-heading = عن هذه الصفحة
about-what = تصل رسالتك إلى البلدية والشرطة. هناك فريق يعمل على هذه المشكلات.
about-kept = لا نحتفظ باسمك أو رقم هاتفك. لا نحتفظ بعنوان هاتفك أو حاسوبك على الإنترنت.
about-read = ذلك الفريق وحده يمكنه فتح رسالتك. بعد الإرسال لا يمكن لهذا الموقع فتحها.
about-days = { $count ->
    [zero] إذا لم يستلم أحد الرسالة، نحذفها في اليوم نفسه تقريبًا.
    [one] إذا لم يستلم أحد الرسالة، نحذفها بعد يوم واحد تقريبًا.
    [two] إذا لم يستلم أحد الرسالة، نحذفها بعد يومين تقريبًا.
    [few] إذا لم يستلم أحد الرسالة، نحذفها بعد { $count } أيام تقريبًا.
    [many] إذا لم يستلم أحد الرسالة، نحذفها بعد { $count } يومًا تقريبًا.
   *[other] إذا لم يستلم أحد الرسالة، نحذفها بعد { $count } يوم تقريبًا.
}
about-promise = لا يمكننا أن نعد بكل شيء. كلماتك نفسها قد تكشف من أنت.
about-device = قد يتذكر هاتفك أنك كنت هنا. امسح سجل التصفح إذا كان أحد قد ينظر فيه.
about-network = يمكن لشركة الهاتف أن ترى أنك زرت الصفحة، لكنها لا ترى ما كتبته.
about-police = عند الخطر اتصل بالرقم 999. للجرائم الأخرى اتصل بالرقم 101. رقم Crimestoppers هو {"\u2066"}0800 555 111{"\u2069"}.

signs-heading = علامات تنتبه إليها
signs-link = علامات:
signs-safe = لا تقترب. لا تصوّر الناس أو بيوتهم.
signs-back = أخبرنا بما رأيت

sign-visitors = كثيرون يدخلون ويخرجون في أوقات غريبة
sign-strangers = وجوه جديدة أو غرباء عند جرس الباب
sign-unseen = الشخص الذي يسكن هناك لم يعد يظهر
sign-scared = الشخص الذي يسكن هناك يبدو خائفًا أو مصابًا
sign-curtains = الستائر مغلقة طوال اليوم
sign-door = الباب مكسور أو يُترك مفتوحًا
sign-noise = صراخ أو شجار أو ضجيج
sign-litter = أكياس قمامة أو إبر أو ورق قصدير
sign-cars = سيارات أو دراجات تقف وقتًا قصيرًا
sign-care = توقفت زيارات مقدمي الرعاية
sign-deals = أشياء صغيرة تُعطى مقابل المال
sign-shortstops = سيارات تقف دقيقة ثم تمضي
sign-needles = إبر أو ورق قصدير أو أكياس صغيرة على الأرض
sign-lookouts = أشخاص يقفون ويراقبون
sign-phones = شخص صغير السن معه هواتف كثيرة
sign-money = شخص صغير السن لديه ملابس جديدة أو مال
sign-missing = شخص صغير السن يختفي من البيت
sign-injured = شخص صغير السن مصاب أو خائف
sign-repeated = الرسم نفسه في أماكن كثيرة
sign-crossed = رسم جديد فوق رسم قديم
sign-names = أسماء أو أرقام أو تهديدات
sign-fresh = هذا جديد
