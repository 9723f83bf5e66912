# DRAFT: no native reader has read this file yet. Simplified Chinese (简体中文).

draft = yes
direction = ltr
heading = 您附近有不对劲的事吗？
lede = 请告诉我们。您不必说出自己是谁。
scan = 用手机相机扫描此码
type = 或输入这个网址：
code = 代码：
later = 不必在这里操作。您可以稍后在感到安全的地方再做。
phone = 请使用别人不会查看的手机。
danger = 现在有人有危险吗？请拨打 999。

text-heading = 或发送短信
text-number = 发送至此号码：
text-code = 短信开头请写此代码：
text-answer = 您不会收到回复。不需要发送两次。
text-night = 我们夜间不看短信。
text-network = 您的电话公司可以看到您给我们发过短信，以及发送的时间。
text-stays = 短信会留在手机上。如果有人可能查看，请删除它。
text-cost = 费用与您的电话公司收取的短信费相同。

signs-heading = 需要留意的情况
safe-heading = 注意安全
safe-near = 不要靠近。不要给人或他们的住处拍照。
safe-name = 不要写您的姓名、住址或电话号码。
safe-night = 我们在工作时间看消息，夜间不看。

help-heading = 其他帮助
help-999 = 现在有危险：999
help-101 = 警察（非紧急）：101
help-crimestoppers = Crimestoppers（不用说姓名）：0800 555 111
help-childline = Childline（儿童和青少年）：0800 1111
help-slavery = Modern Slavery Helpline（强迫劳动和剥削）：08000 121 700
from = 您的消息会送到市政府和警方，只由一个小组阅读。
