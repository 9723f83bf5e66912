# DRAFT: no native reader has read this file yet. Chinese, simplified (简体中文). When one has, set `draft = no`: see README.md here.

draft = yes
direction = ltr
language-name = 简体中文
recognised-as = cmn
title = 您的留言
leave = 立即离开此页
demo = 这只是演示。您写的内容不会发送到任何地方。

lede-heading = 请告诉我们您看到了什么
lede-languages = 语言
lede = 您的留言会交给市政府和警察。我们不问您是谁。
lede-danger = 现在有人有危险吗？请拨打 999。
danger-now = 请马上拨打 999。如果不能说话，请在手机上听到提示时按 55。我们夜间不看留言。
lede-watched = 我们在工作时间看留言，夜里不看。
reads-next = 下次看留言：
lede-device = 会有人查看这部手机吗？
lede-other = 如果可以，请换一部手机。
lede-leave = 红色按钮可以让您快速离开。它不会清除浏览记录。
lede-clears = 返回键和这些链接会清掉您写的内容。

optional = 可以不填。
yes = 是
no = 否
unsure = 不清楚

topic-label = 这是关于什么事？
topic-graffiti = 涂鸦或墙上的标记
topic-cuckooing = 毒贩占用了别人的家
topic-drugs = 贩毒或吸毒
topic-other = 其他事情
what-label = 您看到或听到了什么？
what-hint = 不要写您的姓名、住址和电话号码。
where-label = 在哪里？
where-hint = 街道、楼房或附近的地方。
when-label = 什么时候发生？
when-hint = 哪一天、什么时段，或者多久一次。
ongoing-label = 现在还在发生吗？
danger-label = 有人有危险吗？
child-label = 有孩子可能受到伤害吗？
more = 更多问题
impact-label = 这对您或附近一带有什么影响？
vehicle-label = 有汽车、自行车、摩托车或货车吗？
vehicle-hint = 车牌号、品牌或颜色。
how-label = 您是怎么知道的？
how-saw = 我看到或听到的
how-told = 别人告诉我的
how-guess = 我觉得是这样
how-unsaid = 我不想说
offensive-label = 涂鸦有种族歧视、仇恨或威胁的内容
signs-label = 您看到过下面的情况吗？

photos-label = 照片
photos-hint = 只拍涂鸦，而且要在安全的时候拍。最多 4 张照片。
photos-never = 千万不要为了拍照靠近毒贩或他们的家。
photos-clean = 我们会去掉隐藏的信息，例如拍照的地点。
honeypot-label = 这里请留空

button-check = 发送前检查
button-send = 发送
button-recheck = 再检查一次

check-heading = 请检查要发送的内容
check-lede = 我们只收到这些内容、您的语言和今天的日期。
check-back = 不要按返回键：您写的内容会被清掉。
check-change = 修改内容
check-marks = 这些字句可能会让人知道您是谁。如果可以，请修改。
check-clear = 我们没有发现会让人知道您是谁的字句。请您也看一看。
check-busy = 我们没能检查所有字句。请您看一看，是否会让人知道您是谁。
check-unread = 我们不能检查这种语言的字句。请您看一看，是否会让人知道您是谁。
check-more = 还有更多类似的字句。
check-photo = 照片 { $count }
check-photo-bare = 里面没有隐藏的信息。
check-photo-removed = 我们去掉了：
check-photo-drop = 不发送这张照片
check-code = 也发送海报号。它说明您看到哪张海报，不说明您是谁：
check-photo-look = 请再看一看您的照片。人脸、窗户或车牌可能会让人知道您是谁。
check-photo-safe = 您在关于住宅的留言中加了照片。发送它们安全吗？

# Between the words of a list, and at its end.
list-comma = 、
list-stop = 。

removed-gps = 地点
removed-camera = 手机或相机的信息
removed-time = 日期和时间
removed-text = 名字和备注
removed-thumbnail = 照片的小副本
removed-profile = 颜色信息
removed-trailer = 照片后面的数据
removed-other = 其他隐藏的信息

mark-email = 电子邮箱：
mark-phone = 电话号码：
mark-contact = 可以联系到您的方式：
mark-name = 您的名字：
mark-home = 您住的地方：
mark-neighbour = 您住得有多近：
mark-family = 您的家人或朋友：
mark-work = 您的工作：
mark-only = 只有少数人知道的事：

receipt-heading = 我们收到了您的留言
receipt-lede = 您的回执号是：
receipt-again = 我们之前已经收到这条留言。它只保存一份。
receipt-hidden = 我们不再显示它的回执号。
receipt-keep = 如果安全，请把它写下来。我们不能再次显示。
receipt-use = 以后您可以用这个回执号查看有没有回复。
receipt-proof = 这个回执号证明这条留言是您的。我们目前还不能回复。
receipt-risk = 谁找到这个回执号，谁就能看到回复。如果有危险，请不要保留。
receipt-next = 会有人看您的留言。我们可能无法告诉您后来的情况。
receipt-close = 您现在可以关闭这个页面。
receipt-messages = 查看有没有回复
help-heading = 这是您的家吗？您可以得到帮助。
help-victims = 受害者帮助：
help-slavery = 强迫或剥削：
help-housing = 安全住所：
help-debt = 债务咨询：
help-police = 是关于警方工作人员的吗？请拨打 Crimestoppers：0800 085 0000。
help-council = 是关于市政府工作人员的吗？请联系：

problem-heading = 有一个问题
problem-topic = 请选择是关于什么事。
problem-what = 请告诉我们您看到了什么。
problem-long = 多了 { $count } 个字符。请写短一些。
problem-token = 这个页面打开得太久了。您写的内容还在。请再发送一次。
problem-photos-many = 最多可以发送 4 张照片。其余的没有加上。
problem-photos-gone = 照片放得太久，我们已经删除了。请重新选择，或者不带照片发送。
problem-photos-room = 我们现在不能接收照片。您可以只发送文字。
problem-photos-added = 照片已经加上。请看一看，然后发送。
problem-photo-count = 照片 { $count }：
problem-broken = 上传中断了。您写的内容还在。请重新添加照片。
problem-cut = 文字太长了，我们去掉了最后的部分。
problem-odd = 表格里有我们不认识的内容。我们没有收下它。

photo-not-an-image = 这个文件不是照片。
photo-heic = 我们打不开这种照片（HEIC）。请把它截屏，然后选择截屏的图片。
photo-format = 我们打不开这种文件。请选择 JPEG、PNG 或 WebP 照片。
photo-bytes = 这张照片太大了。最大是 24 MB。
photo-pixels = 这张照片太大。请把它截屏，然后选择截屏的图片。
photo-broken = 这张照片已损坏或格式少见。请把它截屏，或者换一张。
photo-empty = 这张照片传来时是空的。请先在手机上打开它，再重新选择。
photo-busy = 我们正在处理别的照片。请过一分钟再添加。

date = { $month }月{ $day }日{ $weekday }
weekday-1 = 星期一
weekday-2 = 星期二
weekday-3 = 星期三
weekday-4 = 星期四
weekday-5 = 星期五
weekday-6 = 星期六
weekday-7 = 星期日

door-unread = 这里好几天没有人看留言了。
door-shut = 现在不能收留言
door-shut-why = 没有人在这里看留言。
door-kept = 什么都没有发出去。您写的话还在这一页上。
door-closed = 本页已关闭
door-closed-why = 这里不再收留言。

trouble-heading = 我们没有收到您的留言
trouble-kept = 什么都没有发送。您写的内容还在。请过几分钟再试。
trouble-again = 还没有发送。您写的内容还在。请等几秒钟再发送一次。
trouble-other = 如果不能等，请拨打 101。有危险请拨打 999。也可以拨打 Crimestoppers 的电话 0800 555 111。
trouble-form = 我们读不了这张表格。请回到开始，再试一次。
trouble-large = 您发送的内容太大。请发送更少或更小的照片。
trouble-wait = 现在从这里发来的留言很多。请等一分钟再试。
trouble-missing = 这里没有这个页面。
trouble-start = 回到开始

messages-heading = 查看回复
messages-label = 您的回执号
messages-hint = 28 位数字，每组四位。
messages-button = 查看
messages-none = 这个回执号还没有回复。不是每条留言都会有回复。
messages-closed = 我们目前还不能回复。
messages-some = 回复：
messages-wrong = 这个回执号有错。请检查每一位数字。
messages-length = 回执号有 28 位数字。请检查是否都输入了。
messages-trouble = 我们现在不能查看。请过几分钟再试。

about-heading = 关于本页
about-what = 您的留言会交给市政府和警察。那里有一个小组处理这些问题。
about-kept = 我们不保留您的姓名和电话号码。我们也不保留您的手机或电脑的地址。
about-read = 只有那个小组能打开您的留言。发送以后，本网站不能打开它。
about-days = 如果没有人取走留言，大约 { $count } 天后我们会删除它。
about-promise = 有些事我们不能保证。您自己写的话可能会让人知道您是谁。
about-device = 您的手机可能会记住您来过这里。如果有人会查看，请清除浏览记录。
about-network = 电话公司能看到您来过这里，但看不到您写了什么。
about-police = 其他犯罪请拨打 101。Crimestoppers 的电话是 0800 555 111。

kept-heading = 我们保留什么
kept-what = 我们保留您发送的内容、日期、语言，以及它是怎样送到的。如果您是扫海报来的，也保留海报号。

keys-heading = 谁能打开您的留言
keys-lede = 这些小组能打开您的留言。您可以向他们询问钥匙编号并核对。
keys-all = 能打开所有留言。
keys-some = 能打开关于这些事的留言：
keys-number = 编号：
experts-heading = 供专业人士参考
lane-safeguarding = 处境危险的人

others-heading = 别人知道什么
others-phone = 电话公司可能把这些保留一年。
others-proxy = 您写的话经过本页前面的一台机器，它会看到。
others-sms = 短信还可能经过替我们接收短信的公司。它可能会保留短信。
others-sms-name = 这家公司是：

law-heading = 法律能要求什么
law-give = 法院可以要求我们交出我们有的东西。警察也可以要求。
law-never = 我们没有保留的，就交不出来。我们不保留姓名、电话号码和手机的地址。
law-phone = 他们也可以问您的电话公司，您是否来过这里。Tor 可以隐藏这一点。

promise-heading = 我们不能保证什么
promise-moment = 本网站锁上您写的话时，会有一瞬间看到它。
promise-photo = 就算去掉了隐藏的信息，照片也可能显示是哪部手机拍的。

ways-heading = 告诉我们的方式，最安全的在前
ways-onion = 最安全：在 Tor 应用里打开这个地址。它会隐藏您来过这里。
ways-web = 其次：本网页。电话公司能看到您来过，但看不到您写了什么。
ways-text = 最后：给我们发短信。号码是：
ways-text-network = 电话公司知道您给我们发过短信、什么时候发的、写了什么。
ways-text-phone = 短信会留在您的手机里。如果有人可能查看，请删除。
ways-text-cost = 费用与其他短信一样。
ways-text-answer = 不会有回复。不需要发两次。
ways-text-night = 我们夜间不看短信。有危险请拨打 999。
ways-no-onion = 本页在 Tor 应用里没有自己的地址。

device-heading = 这部手机上会留下什么
device-leave = 红色按钮会打开别的网站。之后按返回键，不会显示您写的话。
device-history = 浏览记录里仍然能看到您来过。显示的名称是：
device-clear-heading = 怎样清除浏览记录
device-chrome = Chrome：点三个点，再点历史记录。点本页旁边的叉。
device-safari = iPhone：点书本，再点时钟。把本页向左滑，然后删除。
device-other = 其他应用的菜单里也有浏览记录。
device-one = 只删除本页。浏览记录全空，可能让人起疑。
device-private = 下次请打开无痕窗口。它不保留浏览记录。
device-photos = 您拍的照片会留在手机里。请在那里删除，再到存放已删照片的地方删除一次。
device-spy = 有些应用会监视手机上的一切。如果您担心，请换一部手机。

privacy-heading = 隐私
privacy-who = 负责这些数据的是：
privacy-nobody = 负责的人还没有在这里写上名字。
privacy-contact = 可以这样写信给他们：
privacy-use-heading = 数据怎样使用
privacy-law = 这部法律叫 UK GDPR。它允许为了制止犯罪、保护人们而使用数据。
privacy-you = 如果您写的话会让人知道您是谁，那就是关于您的数据。
privacy-others = 它也可能是关于您所写的人的数据。他们也有权利。
privacy-true = 所以请只写您看到、听到或别人告诉您的事。
privacy-choice = 您不是必须告诉我们什么。
privacy-shared = 小组可能把您写的话转给警察、住房部门或照护部门。各方只得到需要的部分。
privacy-kept = 小组打开留言以后，由小组决定保留多久。
privacy-person = 怎样处理由人决定，不由机器决定。
privacy-rights-heading = 您的权利
privacy-rights = 您可以问他们有哪些关于您的数据。您可以要求改正、停止使用或删除。
privacy-limits = 如果会损害案件或伤害别人，他们可能要拒绝。
privacy-find = 我们不知道哪条留言是谁写的。所以他们可能找不到您的留言。
privacy-complain = 对答复不满意？请告诉 ICO：电话 0303 123 1113，网址 ico.org.uk。

access-heading = 无障碍说明
access-aim = 我们希望人人都能使用本页。我们的目标是 WCAG 2.2 的 AA 级。
access-how = 您可以放大文字、只用键盘，或者让手机读出来。旧手机也能用。
access-tested = 我们用工具检查。还没有外面的人检查过。所以我们说只是部分达到目标。
access-title = 所有页面用同一个标题，让别人不知道您在看什么。
access-draft = 还没有以中文为母语的人看过本页。有些字句可能有错。
access-contact = 有什么不好用吗？请写信到：
access-complain = 对答复不满意？请告诉 EASS：电话 0808 800 0082。

signs-heading = 需要留意的迹象
signs-link = 迹象：
signs-safe = 不要靠近。不要拍别人或他们的家。
signs-back = 告诉我们您看到了什么

sign-visitors = 很多人在奇怪的时间进出
sign-strangers = 有新面孔，或有陌生人按门铃
sign-unseen = 住在那里的人不再露面
sign-scared = 住在那里的人看起来害怕或受了伤
sign-curtains = 窗帘整天拉着
sign-door = 门坏了，或一直被撑开
sign-noise = 喊叫、打架或吵闹
sign-litter = 垃圾袋、针头或锡纸
sign-cars = 汽车或自行车停一小会儿就走
sign-care = 护理人员不再上门
sign-deals = 用钱换小东西
sign-shortstops = 汽车停一分钟就开走
sign-needles = 地上有针头、锡纸或小袋子
sign-lookouts = 有人站着放哨
sign-phones = 年轻人有很多部手机
sign-money = 年轻人有新衣服或现金
sign-missing = 年轻人失踪
sign-injured = 年轻人受伤或害怕
sign-repeated = 同样的标记出现在很多地方
sign-crossed = 新标记画在旧标记上面
sign-names = 名字、数字或威胁的话
sign-fresh = 是新出现的

sms-answer = 谢谢您。我们已收到您的信息。
sms-code = 回执号：
sms-shut = 我们没有收下您的短信。现在没有人看。请打 101 或 0800 555 111。有危险请打 999。

print-heading = 您附近有不对劲的事吗？
print-lede = 请告诉我们。您不必说出自己是谁。
print-scan = 用手机相机扫描此码
print-type = 或输入这个网址：
print-later = 不必在这里操作。您可以稍后在感到安全的地方再做。
print-phone = 请使用别人不会查看的手机。
print-danger = 现在有人有危险吗？请拨打 999。

print-text-heading = 或发送短信
print-text-number = 发送至此号码：
print-text-code = 开头请写海报号：
print-text-answer = 您不会收到回复。不需要发送两次。
print-text-night = 我们夜间不看短信。
print-text-stays = 短信会留在手机上。如果有人可能查看，请删除它。
print-text-cost = 费用与普通短信相同。

print-signs-heading = 需要留意的情况
print-safe-heading = 注意安全
print-safe-near = 不要靠近。不要给人或他们的住处拍照。
print-safe-name = 不要写您的姓名、住址或电话号码。
print-safe-night = 我们在工作时间看消息，夜间不看。

print-help-heading = 其他帮助
print-help-999 = 现在有危险：999
print-help-101 = 警察（非紧急）：101
print-help-crimestoppers = Crimestoppers（不用说姓名）：0800 555 111
print-help-childline = Childline（儿童和青少年）：0800 1111
print-help-slavery = Modern Slavery Helpline（强迫劳动和剥削）：08000 121 700
print-from = 您的消息会送到市政府和警方，只由一个小组阅读。
