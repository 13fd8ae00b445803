# 中文。术语见 docs/glossary-zh.md；代码放在反引号里。

## 数字与列举

page-percent = { $number }%
page-percent-below = < { $number }%
page-percent-above = > { $number }%
page-rough-below = { $place ->
    [within] 不到 1%
   *[first] 不到 1%
}
page-rough-above = { $place ->
    [within] 超过 99%
   *[first] 超过 99%
}
page-milliseconds = { $number } 毫秒
page-seconds = { $number } 秒
page-minutes = { $number } 分钟
page-comma = 、
page-semicolon = ；

## 页眉与标签页

page-title = CAM Explorer：看见模型关注哪里
page-tab-explore = 探索
page-tab-live = 实时
page-copy-link = 复制链接
page-light = 浅色
page-dark = 深色
page-copy-by-hand = 请从地址栏复制网址。
page-copied-own = 已复制。链接中不包含你自己的照片。
page-copied = 已复制。
page-restarting = 服务器正在重启，稍后页面会自动恢复。
page-away = 无法连接服务器，连接恢复后页面会自动恢复。
page-skip = 跳到预测结果
page-tabs-more = 更多标签页
page-footer = 页脚
page-footer-api = 通过接口使用
page-footer-record = 停止录制

## Gradio 的接口面板

page-panel-documentation = 文档
page-panel-recorder = 接口录制器
page-panel-endpoint = 个接口
page-panel-ways = 请选择一种使用接口的方式。
page-panel-copy = 复制页面
page-panel-install = 1. 如果尚未安装，请安装
page-panel-client = 客户端（
page-panel-documents = 文档
page-panel-installed = ）。
page-panel-find = 2. 在下面找到接口，复制代码，并换成你自己的值。
page-panel-or-use = 也可以使用
page-panel-generate = 自动生成请求。
page-panel-name = 接口名称：
page-panel-required = 必填
page-panel-usual = 默认值：
page-panel-returns = 返回
page-panel-about = 返回图片的叠加图以及模型所见。层和方法为空、类别为 −1 时使用默认值。叠加图与照片同样大小：四百万像素以内为 PNG，以上为 JPEG。适配方式 `fit`：{ $fits }。`contrast`：与相似类别比较。组合 `combination`：空为一张图，或 { $combinations }。慢速方法的计算量 `effort`：{ $efforts }。`target`：结果在列表中的编号，从 1 起；−1 为最确定的一个。
page-panel-accepts = 接受 { $count } 个参数
page-panel-tuple = { $count } 个元素的元组
page-panel-input = “{ $name }”的值。
page-panel-output = “{ $name }”的值。

## 照片

page-image = 图像
page-drop = 拖入、粘贴或选择一张照片
page-opening = 正在打开照片……
page-take-a-photo = 拍照
page-take = 拍摄
page-cancel = 取消
page-examples = 示例
page-example = 示例：{ $title }
page-own-photo = 你的照片
page-drop-anywhere = 把照片拖放到任意位置
page-kept = 你发送的照片会在 { $minutes } 分钟后从服务器上删除。
page-too-large = 这个文件有 { $size } MB，最多只能发送 { $most } MB。请先缩小照片。
page-empty-file = 这个文件是空的。请选择另一个文件。
page-not-sent = 文件未能发送。请检查网络连接后重试。
page-only-address = 得到的只是一个网址，而不是图片。请复制图片本身再粘贴，或先保存图片。

## 选项

page-choices = 选项
page-fold-choices = 模型、层与方法
page-fold-more = 更多选项
page-model = 模型
page-model-note = 观察照片的网络。
page-here = 本机已有
page-own-networks = 自己的网络
page-hub = 其他模型
page-hub-label = 列表中的模型，或 Hugging Face Hub 上某个模型的 `owner/name`
page-hub-look = 查询
page-hub-fetch = 使用
page-hub-group = Hugging Face Hub
page-hub-asking = 正在查询 Hugging Face Hub……
page-hub-busy = 其他人也在查询，请再试一次。
page-hub-found = { $title }：{ $here ->
    [true] 本机已有。
   *[false] 需下载 { $size } MB。
}{ $licensed ->
    [true] 许可证：{ $licence }。
   *[false] 发布者没有注明许可证。
}
page-offline = 离线可用
page-effort-unknown = 正在测试它在这台机器上是否更快。
page-usual = 默认
page-layer = 层
page-layer-note = 浅层看到边缘，最后一层看到完整的物体。
page-layer-of = 第 { $at } 层，共 { $count } 层 · { $name }
page-last-layer = 最后一层 · { $name }
page-method = 方法
page-method-more = 进一步了解这种方法
page-missing-methods = 有 { $count } 种方法在这里不适用
page-costs = 代价：{ $cost }。
page-speed-instant = 即时
page-speed-pass = 较快
page-speed-passes = 需要一些时间
page-group-start = 从这里开始
page-group-gradients = 基于梯度
page-group-slow = 逐次尝试，较慢
page-group-baselines = 基线
page-plain-start = 立即显示照片中的哪些位置对该类别重要。适合入门。
page-plain-gradients = 找出微小变化最能影响得分的位置。
page-plain-slow = 遮挡或改变照片的一部分，或模型从中看到的一部分，并观察得分的变化。
page-plain-baselines = 不考虑类别：适合用来与其他方法比较。
page-effort = 计算量
page-effort-plain = 计算量越少越快，但也越不精确。
page-effort-more = 与精确结果有多接近
page-effort-close = 与精确图的相关系数为 { $median }，最差为 { $lowest }（{ $where }）。
page-question = 问题
page-question-why = 为什么是它？
page-question-why-title = 支持该类别的证据
page-question-others = 为什么不是别的？
page-question-others-title = 支持该类别多于支持最相近类别的证据
page-question-note = 支持该类别的全部证据，或仅是使它区别于相似类别的证据。
page-combine = 组合
page-combine-plain = 把几张热力图合成一张更稳定的图。
page-combine-more = 进一步了解这种组合
page-one-map = 单张图
page-fit = 照片的适配方式
page-fit-note = 模型只接受一种形状的照片；在此选择如何得到这种形状。
page-fit-crop = 裁去边缘
page-fit-squeeze = 缩放变形
page-fit-pad = 加上边框
page-detail = 精细度
page-detail-plain = 热力图越精细，计算量越大。
page-detail-ahead = { $times }：{ $grid } 个格子，像素数为 { $cost } 倍
page-detail-now = { $words }。目前为 { $grid }。
page-detail-grid = 在该层得到 { $fine } 个格子，而不是 { $coarse } 个。
page-detail-cost = 像素数为 1{ "\u202F" }× 时的 { $cost } 倍。
page-detail-seen = 网络看到的图像比训练时更大；预测结果来自这一次前向传播。
page-detail-seen-size = 网络看到的图像（{ $input } 像素）比训练时更大；预测结果来自这一次前向传播。

## 图片

page-evidence-for = 支持“{ $name }”的证据
page-evidence-against = 反对“{ $name }”的证据
page-evidence-both = “{ $name }”的正反证据
page-contrast-for = “{ $name }”与相似类别的区别
page-contrast-against = 支持与“{ $name }”相似的类别的证据
page-contrast-both = “{ $name }”与相似类别
page-others = 对比的类别：{ $names }。
page-unsigned = { $method } 显示的是重要程度，而不是支持还是反对。
page-unfinished = { $heading }（未完成，{ $share }）
page-blind-activity = 该层响应最强的位置
page-blind-activity-honest = 图中显示的是该层最活跃的位置，与类别无关。它不是支持某个类别的证据。
page-blind-random = 随机加权的通道
page-blind-random-honest = 这张图来自随机权重：它不显示任何证据，只用来与其他图比较。
page-blind-attention = 注意力流向何处
page-blind-attention-honest = 图中显示的是网络的注意力经过所有模块传递的内容，与类别无关。它不是支持某个类别的证据。
page-rank = 第 { $rank } 名，共 { $count } 个类别
page-instant = 即时
page-computing = 计算中……
page-working = 正在计算。完成之前，显示的仍是上一张图。
page-computing-share = 正在计算：{ $share }
page-still = 显示的仍是“{ $name }”
page-now = { $title }。{ $facts }
page-no-picture = 图片及其证据会显示在这里。
page-no-evidence-for = { $at ->
    [true] 在该层没有支持“{ $name }”的证据，因此没有着色。
   *[false] 没有支持“{ $name }”的证据，因此没有着色。
}
page-no-evidence-against = { $at ->
    [true] 在该层没有反对“{ $name }”的证据，因此没有着色。
   *[false] 没有反对“{ $name }”的证据，因此没有着色。
}
page-no-evidence-both = { $at ->
    [true] 在该层没有支持或反对“{ $name }”的证据，因此没有着色。
   *[false] 没有支持或反对“{ $name }”的证据，因此没有着色。
}
page-no-activity = 这张图中没有正值，因此没有着色。
page-no-answer = 还没有收到回答。请再次选择该类别重试。
page-explain = 证据会提高模型对该类别的得分：越亮，提高得越多。
page-help = 方向键在热力图的格子之间移动并读出数值；加号和减号缩放，0 显示整张图片，Esc 键结束读数。
page-maximum = 最大值 = { $peak }{ $unit }
page-value = 最大值的 { $share }
page-cell = 第 { $row } 行，第 { $column } 列，共 { $h } × { $w }
page-unseen = 模型没有看到这里
page-honest = 图中显示的是在该层上，得分的证据位于何处。它不能证明原因。
page-honest-whole = 图中显示的是通过整个网络，得分取决于图片的哪些位置。它不能证明原因。
page-same-for-all = { $method } 不考虑类别：每个类别的图都相同。
page-detail-at = 精细度 { $times }
page-stop = 停止
page-stopping = 正在停止……
page-resume = 继续
page-resume-hint = 两分钟内从这里继续；之后会重新开始。
page-stopped-at = 已停在 { $share }
page-left = { $share }，还需约 { $time }
page-takes = 在这台机器上，此层约需 { $time }。
page-takes-unknown = 在此层运行一次之后，才知道它在这台机器上需要多久。
page-option-takes = { $title } · 约 { $time }
page-reload = 页面与服务器的版本不同。请重新加载页面。
page-unreachable = 无法连接服务器。显示的是最后一张图；连接恢复后页面会继续工作。
page-taken-back = 无法连接服务器。你的上一次选择（{ $names }）已撤销：选项与图片保持一致。连接恢复后请重新选择。
page-left-out = 链接中的以下内容在这里不存在，已略去：{ $parts }。
page-link-part = { $part }“{ $value }”
page-part-photo = 照片
page-part-model = 模型
page-part-layer = 层
page-part-method = 方法
page-part-combine = 组合
page-part-effort = 计算量
page-part-fit = 适配方式
page-part-example = 示例
page-part-class = 类别
page-part-detail = 精细度
page-part-contrast = 问题
page-part-evidence = 证据
page-part-colours = 配色
page-part-opacity = 不透明度
page-part-hide = 阈值
page-part-wipe = 对比滑块
page-part-zoom = 缩放

## 各层

page-layers = 各层：从边缘到物体
page-full-from = 自 { $full } 起 · { $most }
page-full-colour = 从最大值的 { $share } 起显示全色：99.5 % 的位置低于它。
page-strip = 仅显示 { $method } 的正值。
page-strip-kept = 变淡的是上一个选择的图。当前选择没有图。
page-strip-stale = 颜色变淡的是上一次选择的图，当前图片完成后会更新。

## 亮度

page-scale = 所有类别使用同一亮度
page-scale-own = 每个类别都各自拉伸到最大亮度。
page-scale-weak = 证据非常弱：最大值只有“{ $top }”的 { $share }。这里已拉伸到最大亮度；使用同一亮度后，它看起来就和实际一样弱。
page-scale-common = 最大亮度是“{ $name }”的最大值；此类别达到其 { $share }。
page-scale-strongest = 这是 { $count } 个类别中最强的：最大亮度就是它的最大值。
page-scale-blind = 这张图对每个类别都相同。
page-scale-alone = 目前只有一张图：请选择另一个类别来比较。
page-strip-common = 各层按最可能的类别在该层的最大值显示。
page-bare = { $least } = 原照片
page-common-maximum = { $peak }{ $unit }，“{ $name }”
page-very-weak = 证据非常弱：最多为“{ $top }”最大值的 { $share }。
page-part-scale = 亮度
page-part-card = 卡片

## 课堂卡片

page-cards = 课堂卡片
page-cards-about = 每张卡片打开一个预设好的状态，约需十分钟。当前的设置会被替换。
page-cards-close = 关闭
page-cards-hint = 提示
page-cards-solution = 答案
page-cards-ask = 讨论
page-cards-before = 上一张
page-cards-again = 重新开始
page-cards-after = 下一张
page-cards-all = 全部卡片
page-cards-models = 课堂用模型

## 图片的显示方式

page-opacity = 不透明度
page-opacity-at = 不透明度 { $value }
page-colours = 配色
page-evidence = 证据
page-for = 支持
page-against = 反对
page-both = 正反
page-wipe = 对照
page-wipe-label = 在原照片与热力图之间滑动
page-wipe-at = 原照片占 { $share }
page-zoom = 缩放
page-zoom-out = 缩小
page-zoom-in = 放大
page-zoom-reset = 显示整张图片
page-wheel-hint = 按住 Ctrl 键滚动滚轮可缩放，也可以先点击图片。
page-picture-group = 图片
page-full-screen = 全屏
page-leave-full-screen = 退出全屏
page-save = 保存 PNG
page-saved-short = 已保存
page-saved = 已保存为 { $name }。
page-saved-smaller = 已保存为 { $name }，大小为 { $size } 像素，原照片为 { $full } 像素。
page-python-short = Python
page-python = 复制生成此图的 Python 代码
page-copied-python = 已复制生成此图的 Python 代码。
page-not-copied = 未复制
page-not-saved = 浏览器不允许保存图片。
page-fold-look = 等高线与弱证据
page-hide-off = 隐藏弱证据：关闭
page-hide-below = 隐藏弱证据：低于 { $least }
page-contours = 等高线
page-contours-at = 等高线位置
page-contours-half = 二分之一
page-contours-quarters = 每四分之一
page-contours-tenths = 每十分之一

## 预测

page-predictions = 预测排名
page-task-detection = 目标（检测框）
page-task-segmentation = 区域
page-finding-title = 检测到的内容
page-finding-box = { $name } { $score }，第 { $number } 个框
page-finding-own = { $name }，所选区域
page-finding-region = { $name } · { $share }
page-finding-area-name = 所选区域
page-finding-explain = 证据提高模型对这一个结果的得分：越亮，作用越大。
page-finding-follow = 画面跟随得分最高的检测结果。点击一行或一个框，即可逐帧跟踪该目标。
page-finding-followed = 正在逐帧跟踪：{ $name }。
page-finding-lost = 当前帧中没有“{ $name }”：在它重新出现之前，显示得分最高的检测结果。
page-finding-unpin = 改为跟随得分最高的检测结果
page-finding-scale = 所有结果使用相同亮度
page-finding-scale-own = 每个结果各自拉伸到最大亮度。
page-finding-scale-alone = 目前只有一张图：选择另一个结果进行比较。
page-finding-scale-common = 最大亮度对应“{ $name }”的最大值，它是最强的结果。
page-finding-none = 没有得分达到 { $least } 的结果。
page-finding-hidden = 另有 { $count } 个结果低于阈值。
page-finding-threshold = 阈值 { $least }
page-finding-switch = 在照片上标出
page-finding-switch-title = 按键 `b`
page-finding-place = 名称后是它占照片的比例，右侧是平均得分。点击照片，询问某一个位置。
page-finding-area = 画出一个区域
page-finding-paint = 涂画区域
page-finding-area-keys = 方向键移动要询问的位置，按住 Shift 则拉出一个区域。回车键提问，`Escape` 键结束。
page-finding-area-long = 这个区域太复杂，无法询问。请少画几个弯。
page-finding-no-question = 相似类别的比较针对整张照片的类别，而该网络是在照片中寻找目标。
page-part-target = 结果
page-part-area = 区域
page-part-threshold = 结果的阈值
page-part-boxes = 标注
page-slide = 滑动浏览所有类别
page-slide-value = { $name }，{ $share }，{ $rank }
page-most-likely = 概率最高
page-more = 还有 { $count } 个：请滑动或搜索
page-find = 查找类别
page-find-such-as = 狗、杯子、鱼……
page-classes = 类别
page-found = { $count } 个类别
page-found-first = { $count } 个类别中的前 { $most } 个
page-not-found = 没有名为“{ $query }”的类别。
page-unnamed = 类别 { $index }

## 热力图说明了什么

page-glance = 概要
page-picture = { $name }。{ $words }
page-place-top-left = 左上方
page-place-top-centre = 上方中间
page-place-top-right = 右上方
page-place-middle-left = 左侧中部
page-place-middle-centre = 中央
page-place-middle-right = 右侧中部
page-place-bottom-left = 左下方
page-place-bottom-centre = 下方中间
page-place-bottom-right = 右下方
page-strongest = 最强的位置在{ $place }。
page-strongest-for = 最支持它的位置在{ $place }（橙色）。
page-strongest-against = 最反对它的位置在{ $place }（蓝色）。
page-nothing-for = 没有支持它的证据。
page-nothing-against = 没有反对它的证据。
page-balance = 原始值总和中有 { $share } 反对它。
page-above-half = 图片中有 { $share } 的面积高于最大值的一半。
page-cut-for = 原始值总和中有 { $share } 反对它，未显示。
page-cut-against = 原始值总和中有 { $share } 支持它，未显示。
page-nothing-cut-for = 原始图中没有反对它的证据。
page-nothing-cut-against = 原始图中没有支持它的证据。
page-floor = 最弱的位置也达到最大值的 { $share }；配色从那里开始。
page-nothing = { $at ->
    [true] 图是空的：在该层没有剩下正值。
   *[false] 图是空的：没有剩下正值。
}
page-flat = 图中各处的值都相同：它不指向任何位置。
page-approximate = 这是近似结果：这样的图与精确图的相关系数为 { $median }，最差为 { $lowest }。
page-finer = 精细度为 { $times } 时，网络看到的图像（{ $input } 像素）比训练时更大；预测结果来自这一次前向传播。
page-seen = 图片中有 { $share } 被模型看到；其余部分已变暗。

## 摄像头

page-camera = 摄像头
page-camera-video = 摄像头实时画面
page-camera-start = 启动摄像头
page-camera-stop = 停止摄像头
page-camera-freeze = 定格并探索
page-camera-which = 选择摄像头
page-camera-mirror = 镜像
page-camera-title = 逐帧显示证据
page-camera-no-picture = 还没有图片
page-camera-empty = 模型关注的位置会显示在这里，就在它看到的那一帧上。
page-camera-unpin = 跟随首位预测
page-camera-insecure = 浏览器只允许通过 https 打开的页面，或本机（localhost）的页面使用摄像头。
page-camera-not-allowed = 没有使用摄像头的权限。请在浏览器的网站设置中允许，然后重新启动。
page-camera-not-found = 没有找到摄像头。请连接一个，然后重新启动。
page-camera-not-readable = 无法读取摄像头。请关闭正在使用它的其他程序，然后重新启动。
page-camera-other = 无法打开摄像头。请在浏览器的设置中检查，然后重新启动。
page-camera-asking = 请在浏览器中允许使用摄像头。
page-camera-waiting = 正在等待第一个回答……
page-camera-lost = 摄像头已断开。
page-camera-stopped = 摄像头已关闭。
page-camera-idle = 画面会发送到本页的服务器，在那里解释后不会保留。
page-camera-retry = 服务器没有回答。正在重试……
page-camera-silent = 服务器没有回答。请检查网络连接，然后重新启动摄像头。
page-camera-follow = 图片跟随首位预测。点击某个预测可将其固定。
page-camera-pin = 已固定：{ $label }。
page-camera-honest = { $method }，位于 { $layer } 层。最浓的颜色表示最近几秒内最强的证据，因此各帧之间的颜色保持稳定。图不能证明原因。
page-camera-number = 摄像头 { $number }
page-camera-rate = 每秒 { $rate } 帧
page-camera-delay = 延迟 { $time }

## 工作原理

page-tab-lesson = 工作原理
page-lesson-title = { $method } 如何找到“{ $name }”的证据
page-lesson-title-blind = { $method } 如何得出热力图
page-lesson-change = 更换图像、类别、层或方法
page-lesson-steps = 各个步骤
page-lesson-step-at = 第 { $at } 步，共 { $count } 步：{ $title }
page-lesson-waiting = 正在计算各个步骤……
page-lesson-empty = 工作原理
page-lesson-tell = 计算各个步骤
page-lesson-slow = 计算 { $method } 的各个步骤，所需时间与得出热力图时大致相同。
page-lesson-unfinished = 这张热力图还没有完成，因此也没有步骤可讲。请先在“探索”中让它完成。
page-lesson-veiled = 大家猜测期间热力图保持隐藏，它的各个步骤也是。请先在“探索”中揭晓。
page-lesson-approximate = 减少计算量得到的图没有步骤可讲：它在哪里停下取决于所用的时间。请在“探索”中选择完整的计算量。
page-lesson-code = 正在运行的代码
page-lesson-try = 试一试
page-lesson-ask = 想一想
page-lesson-keys = ← → 切换步骤 · 在网格中用方向键选择格子
page-lesson-cell = 第 { $row } 行第 { $column } 列逐项相加
page-lesson-cell-value = 第 { $row } 行第 { $column } 列：{ $value }
page-lesson-channel = 通道
page-lesson-channel-at = 通道 { $channel }
page-lesson-number = 第 { $number } 个
page-lesson-run = 第 { $number } 次
page-lesson-means = 每个数是 { $count } 次运行的平均值，其中“{ $name }”的各次数值列在下方。
page-lesson-weight = 权重
page-lesson-gradient = 梯度
page-lesson-activation = 激活值
page-lesson-product = 乘积
page-lesson-others = 其余 { $count } 个通道
page-lesson-sum = 这个格子的值
page-lesson-rounded = “其余通道”一行经过舍入，使各行按显示的数字正好相加。
page-lesson-unit = 单位：{ $unit }
page-lesson-raises = 它最能提高的类别：{ $names }。
page-lesson-raises-none = 只对最重要的通道说明它们会提高哪些类别。
page-lesson-raises-not = 对框或区域不说明一个通道会提高哪些类别：每个位置有各自的得分。
page-lesson-again = 已在你的浏览器中用这些数字重新计算：与所示热力图的最大差别为 { $most }，热力图的最大值为 { $peak }。
page-lesson-again-some = 已在你的浏览器中用送来的 { $channels } 个通道（共 { $all } 个）重新计算：与所示热力图的最大差别为 { $most }，热力图的最大值为 { $peak }。
page-lesson-same = 这些步骤得到的最后一张图与所示热力图最多相差 { $most }，热力图的最大值为 { $peak }。
page-lesson-same-coarse = 按送来的 { $grid } 比较，这些步骤得到的最后一张图与所示热力图最多相差 { $most }，热力图的最大值为 { $peak }。
page-lesson-shape = 形状 { $shape }。
page-lesson-range = 从 { $low } 到 { $high }。
page-lesson-not-sent = 数字太多，没有送来：这里只显示由它们得出的结果。
page-lesson-kept = 这里有 { $count } 个中的 { $kept } 个。
page-lesson-even = 每一个在所有位置上都相同。
page-lesson-coarser = 以 { $grid } 显示：每个数是它所覆盖的数的平均值。
page-lesson-rough = 以每行最大值的 65,535 级送来。
page-lesson-multiplied = 在你的浏览器中相乘。
page-lesson-maps-of = { $count } 张 { $grid } 的图
page-lesson-cut = { $places ->
    [0] 没有去掉任何值
   *[other] 去掉 { $share }
}
page-lesson-red = 红
page-lesson-green = 绿
page-lesson-blue = 蓝
page-lesson-plain-scores = 网络给每个类别一个得分。下面解释其中之一：“{ $name }”的 { $score }。
page-lesson-plain-scores-box = 网络给每个候选框的每个类别一个得分。下面解释其中之一：“{ $name }”的 { $score }。
page-lesson-plain-scores-region = 网络给照片的每个位置、每个类别一个得分。下面解释“{ $name }”在它所占各位置的得分之和：{ $score }。
page-lesson-plain-activations = 在这一层，照片变成了 { $count } 张 { $grid } 的小图，每张表示它的通道在各个位置的响应有多强。
page-lesson-plain-gradients = 每张图的每个数：如果它增加 1，“{ $name }”的得分会增加多少。
page-lesson-plain-weights = 一张图的梯度的平均值说明这个通道有多重要：{ $count } 个中有 { $negative } 个反对“{ $name }”。
page-lesson-plain-products = 每个激活值乘以同一位置的梯度。橙色提高“{ $name }”的得分，蓝色降低它。
page-lesson-plain-weighted_sum = { $from ->
    [products] 在每个位置把所有通道的乘积相加。
   *[weights] 每张图乘以它的权重，再全部相加。
} { $signs ->
    [positive] 位置越亮，就越提高“{ $name }”的得分；没有位置降低它。
   *[both] 橙色的位置提高“{ $name }”的得分，蓝色的位置降低它。
}
page-lesson-plain-relu = { $places ->
    [0] 反对的部分应置为零：这里没有这样的位置，因此图保持不变。
   *[other] 反对的部分置为零：{ $all } 个位置中的 { $places } 个，占全部的 { $share }。
}
page-lesson-plain-relu-blind = { $places ->
    [0] 负值应置为零：这里没有负值，因此图保持不变。
   *[other] 负值置为零：{ $all } 个位置中的 { $places } 个，占全部的 { $share }。
}
page-lesson-plain-enlarge = { $grid } 的图被拉伸到网络看到的 { $input } 像素，并缩放到 0 至 1。这里的平滑不是发现的，而是填补的。
page-lesson-plain-scale = 把图缩放到 0 至 1，以便上色。
page-lesson-plain-overlay = 画在 { $photo } 像素的照片上：值高的位置颜色浓，值为零的位置完全不上色。
page-lesson-plain-variance_share = 这些数的平方和有 { $percent } 在这一种组合中，其余的不在这张图中。
page-lesson-plain-input = 输入网络的内容：{ $input } 像素的照片，颜色已缩放。
page-lesson-plain-weights-other = 每个通道在随后的求和中的分量：{ $negative ->
    [0] 没有负的权重。
   *[other] { $count } 个权重中有 { $negative } 个为负。
}
page-lesson-plain-place_weights = 每个通道在每个位置的分量：不对整张图取平均。
page-lesson-plain-weighted_sum-other = 每张图乘以它的权重，再全部相加。
page-lesson-plain-turned = 正负号取反的图：反对“{ $name }”的部分现在为正。
page-lesson-plain-smooth_gradients = 每个梯度与邻近位置的梯度混合，因此图更圆润。
page-lesson-plain-positive_products = 小于零的乘积置为零：某个位置上降低得分的部分不会被减去。
page-lesson-plain-positive_gradients = 小于零的梯度置为零：只计提高得分的部分。
page-lesson-plain-positive_sum = 把所有通道剩下的值逐个位置相加，其中没有负值。
page-lesson-plain-sums = 每个通道的激活值在所有位置上相加。
page-lesson-plain-alphas = 每个梯度计入多少。在整张照片上都有响应的通道，在每个位置上计得较少，这样小物体不会被旁边的大物体掩盖。
page-lesson-plain-curvature = 激活值增大时梯度本身如何变化：各通道共同起的作用。
page-lesson-plain-noisy_inputs = 网络看输入的 { $count } 个副本，每个副本加上不同的噪声。
page-lesson-plain-noisy_activations = 对 { $count } 个加噪副本中的每一个，该层输出的数值。
page-lesson-plain-noisy_gradients = 对 { $count } 个加噪副本中的每一个，得分随每个激活值上升的快慢。
page-lesson-plain-mean_gradients = 所有加噪副本的梯度取平均。
page-lesson-plain-mean_squares = 这些梯度的平方，对加噪副本取平均。
page-lesson-plain-mean_cubes = 这些梯度的立方，对加噪副本取平均。
page-lesson-plain-centred = 每张图减去它的平均值，因此所有位置共有的部分不再计入。
page-lesson-plain-direction = 有一种通道组合最符合所有位置。这里是每个通道在其中的分量。
page-lesson-plain-projection = 每个位置含有多少这种组合。
page-lesson-plain-kernel = 一张表：{ $count } 个位置两两之间有多相似，已减去共有的部分。
page-lesson-plain-eigenvalue = 主成分在这张表中占多少：越大，占得越多。
page-lesson-plain-component = 这张表的主成分：相似的位置得到相近的值。
page-lesson-plain-thresholds = 每个通道的平均值加两个标准差：只有少数位置高于它。
page-lesson-plain-above = 通道高于其阈值处为 1，其余为 0。
page-lesson-plain-chosen = 权重最大的通道。接下来显示它们的掩码；其余所有通道的掩码同样计入。
page-lesson-plain-masks = 每个掩码保留照片的哪些部分：1 让像素通过，0 把它遮住。
page-lesson-plain-confidences = 依次透过每个通道的掩码看照片：这时网络对“{ $name }”有多确定。
page-lesson-plain-scores_without = 依次把每个通道置零后，“{ $name }”的得分。
page-lesson-plain-losses = 去掉该通道后得分的损失。为负时，去掉它得分反而上升。
page-lesson-plain-shown = 所有掩码中，使网络最不确定的和最确定的那些。其余的同样计入。
page-lesson-plain-mask_scores = 透过 { $count } 个掩码中的每一个，网络对“{ $name }”有多确定。
page-lesson-plain-mean_mask = 所有掩码取平均，各以网络透过它时的确定程度加权：网络需要看到的部分变亮。
page-lesson-plain-drops = 依次在每个位置放上灰色遮挡块：得分下降多少。为负时，得分上升。
page-lesson-plain-covered = 每个像素被多少个遮挡块覆盖：随后的平均值要除以它。
page-lesson-plain-mean_drop = 每个像素上得分的下降，对覆盖它的遮挡块取平均。
page-lesson-plain-input_gradients = “{ $name }”的得分随每个像素的红、绿、蓝上升的快慢。
page-lesson-plain-noisy_input_gradients = 对 { $count } 个加噪副本中的每一个，得分随每个像素、每种颜色上升的快慢。
page-lesson-plain-guided_gradients = 每个 ReLU 在反向传播时只让正梯度通过，这时得分随每个像素、每种颜色上升的快慢。
page-lesson-plain-mean_gradient = 所有这些输入的梯度取平均。
page-lesson-plain-magnitude = 每个像素用一个数代替三个，不带正负号：说明它有多重要，而不说明对什么重要。
page-lesson-plain-path = 照片从灰色开始，在 { $count } 个点上逐渐显现：0 为完全没有，1 为全部。
page-lesson-plain-path_gradients = 在 { $count } 个点中的每一点上，得分随每个像素、每种颜色上升的快慢。
page-lesson-plain-pixel_products = 每个像素乘以它的平均梯度：它在显现过程中给得分增加了多少。
page-lesson-plain-pixel_sum = 把每个像素的三种颜色相加。
page-lesson-plain-enlarged_map = Grad-CAM 的图，拉伸到网络看到的 { $input } 像素。
page-lesson-plain-product = 两张图相乘：只留下两者都高的部分。
page-lesson-plain-shares = 把得分拆开：输入和网络的每个偏置各给它增加多少。它们合起来就是得分。
page-lesson-plain-layer_maps = 输入和每个偏置在每个位置有多重要，不带正负号。
page-lesson-plain-total = 把所有这些图相加。
page-lesson-plain-attentions = 在每个模块中，每个词元（行）从其他每个词元（列）读取多少，对各个头取平均。
page-lesson-plain-flow = 所有模块合在一起：每个词元最后的内容（行）有多少来自最初的每个词元（列）。
page-lesson-plain-reading = 头部读取的内容，排列成 { $grid } 的网格：它来自照片的什么位置。
page-lesson-plain-attention_rises = 在每个模块中，“{ $name }”的得分随每个注意力上升的快慢。会降低得分的部分置为零。
page-lesson-plain-token_rises = 对每个模块（行）和每个词元（列），对读取它的所有词元取平均。
page-lesson-plain-rises = 对所有模块取平均，排列成 { $grid } 的网格。
page-lesson-plain-maps = 被组合的各张图，都是网络看到的 { $input } 像素。
page-lesson-plain-seen = 放置后的图像显示该像素处为 1，不显示处为 0。
page-lesson-plain-combined = 每个像素上，对显示它的各张图取平均。
page-lesson-plain-fused = 所有的图合成一张。
page-lesson-try-scores = 到“探索”中选择排在第二位的类别再回来：哪些步骤变了，哪些没有变？
page-lesson-try-scores-box = 到“探索”中选择另一个框再回来：哪些步骤变了，哪些没有变？
page-lesson-try-scores-region = 到“探索”中点击照片的另一个位置再回来：哪些步骤变了，哪些没有变？
page-lesson-ask-scores = 得分最高的不一定是正确答案。你需要知道什么才会相信它？
page-lesson-ask-scores-box = 网络给许多候选框打分，只有少数成为检测框。为什么是这一个？
page-lesson-ask-scores-region = 相加对大区域有什么影响，对小区域呢？
page-lesson-try-activations = 点击通道 { $channel }：它在照片的什么位置有响应？它最能提高哪些类别？
page-lesson-try-activations-box = 点击通道 { $channel }：它在照片的什么位置有响应，在框内还是框外？
page-lesson-try-activations-region = 点击通道 { $channel }：它在照片的什么位置有响应，在区域内还是区域外？
page-lesson-ask-activations = 这些图对“{ $name }”一无所知。为什么它们对每个类别都相同？
page-lesson-ask-activations-box = 这些图对这个框一无所知。为什么它们对每个框都相同？
page-lesson-ask-activations-region = 这些图对这个区域一无所知。为什么无论问哪里它们都相同？
page-lesson-ask-activations-blind = 这里没有指定类别。这样的图不能告诉你什么？
page-lesson-try-gradients = 在“探索”中换一个类别：激活值不变，梯度会变。比较同一个通道。
page-lesson-try-gradients-box = 在“探索”中选择另一个框：激活值不变，梯度会变。梯度在哪里为零？
page-lesson-try-gradients-region = 在“探索”中点击另一个位置：激活值不变，梯度会变。比较同一个通道。
page-lesson-ask-gradients = 梯度说明小的改变会怎样。大的改变呢？
page-lesson-try-weights = { $negative ->
    [0] 选择权重最大的通道：它在什么位置有响应？
   *[other] 选择权重最负的通道：它在什么位置有响应？
}
page-lesson-ask-weights = 一个数代表整张图。这样会丢失什么？
page-lesson-ask-weighted_sum = { $lowering ->
    [0] 这里没有通道会在任何位置降低总和。这样的图不能显示什么？
   *[other] 一个通道可以在某个位置有响应，却降低那里的和。怎么会这样？
}
page-lesson-try-relu = { $places ->
    [0] 退回一步：没有小于零的值。选择一个排名靠后的类别：那里也是这样吗？
   *[other] 退回一步：哪些位置是蓝色的？在这里它们都是零。
}
page-lesson-ask-relu = { $places ->
    [0] 这里没有去掉任何值。这种方法究竟能不能显示反对一个类别的证据？
   *[other] 反对这个类别的部分没有显示。什么时候你会想看到它？
}
page-lesson-try-weighted_sum = { $signs ->
    [positive] 先移到最亮的格子，再移到它旁边的格子：是哪些通道造成了差别？
   *[both] 先移到最亮的格子，再移到蓝色的格子：是哪些通道造成了差别？
}
page-lesson-ask-relu-box = { $places ->
    [0] 这里没有反对这个框的部分。照片中什么会反对它？
   *[other] 反对这个框的部分没有显示。什么时候你会想看到它？
}
page-lesson-ask-relu-region = { $places ->
    [0] 这里没有反对这个区域的部分。照片中什么会反对它？
   *[other] 反对这个区域的部分没有显示。什么时候你会想看到它？
}
page-lesson-ask-relu-blind = 这张图不涉及任何类别：这里的负值可能意味着什么？
page-lesson-try-enlarge = 数一数一团颜色下面有几个格子：它由多少个真实的值构成？
page-lesson-ask-enlarge = 最亮的位置总是 1，即使这个类别几乎没有证据。这会怎样误导人？
page-lesson-ask-enlarge-box = 最亮的位置总是 1，即使网络对这个框几乎没有把握。这会怎样误导人？
page-lesson-ask-enlarge-region = 最亮的位置总是 1，即使几乎没有证据。这会怎样误导人？
page-lesson-try-overlay = 在一张新照片中用手遮住物体的这一部分，再看一次。
page-lesson-ask-overlay = 这张图说明证据在哪里。它说明了原因吗？它说明答案正确吗？
page-lesson-ask-overlay-box = 证据有多少在框内？如果有一部分在框外，这可能说明什么？
page-lesson-ask-overlay-region = 证据是布满这个区域，还是只在其中一部分？这可能说明什么？
page-lesson-try-kind-maps = 点击一张图，看看它在照片的什么位置值较高。
page-lesson-ask-kind-maps = 这一步对前一步的图做了什么改变？
page-lesson-try-kind-still = 比较这些图：每张图在照片的什么部分值较高？
page-lesson-ask-kind-still = 这些图中你会去掉哪些？为什么？
page-lesson-try-kind-bars = 找出最大和最小的数。它们相差多远？
page-lesson-ask-kind-bars = 要有多少个这样的数改变，热力图才会看起来不同？
page-lesson-try-kind-grid = 用方向键移到最大的值，读一读它旁边的值。
page-lesson-ask-kind-grid = 一个格子代表照片中多大的部分？
page-lesson-try-kind-pixels = 在图上移动，读放大镜下的值。
page-lesson-ask-kind-pixels = 这些位置中哪些在物体上，哪些不在？
page-lesson-try-kind-colours = 比较三种颜色：它们在哪里不同？
page-lesson-ask-kind-colours = 单个像素几乎不能决定什么。许多像素合起来说明什么？
page-lesson-try-kind-stack = 比较第一张和最后一张：有什么变化？
page-lesson-ask-kind-stack = 其中多少张就足以得到同样的热力图？
page-lesson-try-kind-number = 换一张照片，看看这个数是上升还是下降。
page-lesson-ask-kind-number = 如果这个数接近零，这张热力图还有什么价值？
page-lesson-try-kind-overlay = 在“探索”中换一种方法，比较两张图片。
page-lesson-ask-kind-overlay = 没有照片的这一部分，模型的回答还会一样吗？
page-lesson-try-kind-scores = 比较前两个类别：它们的得分相差多少？
page-lesson-ask-kind-scores = 照片中要改变什么，才能让它们互换？
page-lesson-try-relu-blind = { $places ->
    [0] 退回一步：没有小于零的值。换一张照片：那里也是这样吗？
   *[other] 退回一步：哪些位置是蓝色的？在这里它们都是零。
}
page-lesson-try-drops = 找出最大的值。遮挡块在那里遮住了照片的哪一部分？
page-lesson-ask-drops = 放上某些遮挡块后得分反而上升。它们可能遮住了什么？
page-lesson-try-covered = 比较角落和中间：那里的像素各被多少个遮挡块覆盖？
page-lesson-ask-covered = 如果不除以这个数，图会是什么样子？
page-lesson-try-kernel = 沿着一行看：这个位置与哪些位置最相似？
page-lesson-ask-kernel = 两个位置看起来不同，对网络来说却可以相似。怎么会这样？
page-lesson-try-flow = 沿着一个词元的行看：它主要来自哪些词元？
page-lesson-ask-flow = 每个模块都会混合词元。到最后，一个词元还能在多大程度上说明它自己那部分照片？
page-lesson-try-token_rises = 比较各行：得分在哪些模块中上升最多？
page-lesson-ask-token_rises = 如果只显示最后一个模块，会缺少什么？
page-lesson-try-kind-even = 比较这些通道：哪一个的数最大？
page-lesson-ask-kind-even = 为什么一个通道在所有位置上的数都相同？
page-lesson-try-kind-names = 前进一步：这些掩码各保留了照片的哪些部分？
page-lesson-ask-kind-names = 这里只显示几个掩码，而所有掩码都计入。这样可能会忽略什么？

## 课堂用：投影模式、按键一览、两图并排、嵌入框、带走的文件

page-room-present = 投影
page-room-leave = 退出
page-room-keys = 按键
page-room-close = 关闭
page-room-bar = 课堂
page-room-class = 类别
page-room-all-tabs = 所有页面
page-room-or = 或
page-room-opens = 在完整页面中打开这幅图
page-room-page-up = 上翻页
page-room-page-down = 下翻页
page-room-home = 行首键
page-room-end = 行尾键
page-room-enter = 回车
page-room-space = 空格
page-room-place-picture = 在图上
page-room-place-wipe = 在对照滑杆上
page-room-place-layers = 在各层小图上
page-room-place-classes = 在预测列表上
page-room-place-search = 在搜索框里
page-room-place-steps = 在步骤上
page-room-place-cells = 在热力图的格子上
page-room-do-page-present = 进入或退出投影模式
page-room-do-page-beside = 并排显示第二幅图，或收起
page-room-do-page-keys = 本列表
page-room-do-page-leave = 退出占满屏幕的内容
page-room-do-picture-left = 读左边的格子
page-room-do-picture-right = 读右边的格子
page-room-do-picture-up = 读上面的格子
page-room-do-picture-down = 读下面的格子
page-room-do-picture-zoomIn = 放大
page-room-do-picture-zoomOut = 缩小
page-room-do-picture-whole = 整幅图
page-room-do-picture-hide = 收起读数
page-room-do-wipe-before = 向左一点
page-room-do-wipe-next = 向右一点
page-room-do-wipe-farBefore = 向左一大段
page-room-do-wipe-farNext = 向右一大段
page-room-do-wipe-first = 到左边缘
page-room-do-wipe-last = 到右边缘
page-room-do-layers-before = 上一层
page-room-do-layers-next = 下一层
page-room-do-layers-first = 第一层
page-room-do-layers-last = 最后一层
page-room-do-layers-choose = 选这一层
page-room-do-search-before = 上一个结果
page-room-do-search-next = 下一个结果
page-room-do-search-farBefore = 向上八个结果
page-room-do-search-farNext = 向下八个结果
page-room-do-search-choose = 选这个类别
page-room-do-search-clear = 先收起结果，再清空
page-room-do-classes-before = 上一个类别
page-room-do-classes-next = 下一个类别
page-room-do-steps-before = 上一步
page-room-do-steps-next = 下一步
page-room-do-steps-first = 第一步
page-room-do-steps-last = 最后一步
page-room-do-cells-left = 左边的格子
page-room-do-cells-right = 右边的格子
page-room-do-cells-up = 上面的格子
page-room-do-cells-down = 下面的格子
page-room-backspace = 退格键
page-room-place-findings = 有检测框或区域时
page-room-do-findings-marks = 在照片上标出，或不标
page-room-place-pen = 在“遮挡实验”和“先猜后看”中
page-room-do-pen-left = 向左移动
page-room-do-pen-right = 向右移动
page-room-do-pen-up = 向上移动
page-room-do-pen-down = 向下移动
page-room-do-pen-size = 同时按方向键：改变大小
page-room-do-pen-draw = 画在这里
page-room-do-pen-undo = 撤销
page-room-do-pen-leave = 关闭
page-beside = 并排对比
page-beside-off = 一幅图
page-beside-class = 两个类别
page-beside-method = 两种方法
page-beside-layer = 两个层
page-beside-photo = 两张照片
page-beside-which = 第二幅图
page-beside-waiting = 正在计算第二幅图……
page-beside-part = 正在计算第二幅图：{ $share }
page-beside-not-here = 这台服务器一次只计算一幅图。在这里可以并排比较两个类别。
page-beside-picture = 第二幅图：{ $label }
page-beside-scale = 两幅图都以两者中较大的最大值为准：{ $peak }。
page-part-beside = 第二幅图
page-part-present = 投影模式
page-part-embed = 嵌入框
page-home = 带走
page-home-making = 正在制作文件……
page-home-handout = 讲义：可打印的两页（HTML）
page-home-map = 热力图的数值（NPZ）
page-home-classes = 依次显示最可能的类别（{ $kind }）
page-home-methods = 依次显示各种快速方法（{ $kind }）
page-home-note = 文件由服务器制作，服务器不保留。
page-others-first = 现在排在前面的人较多，请过几秒再试。
## 在这张照片上试一试

page-try = 在这张照片上试一试
page-try-cover = 遮挡实验
page-try-guess = 先猜后看
page-part-activity = 课堂活动
page-activity-close = 关闭
page-pen-size = 大小：短边的 { $share }
page-pen-spot = 距左边 { $x }%，距上边 { $y }%
page-pen-box = 距左边 { $x }%，距上边 { $y }%，宽 { $width }%，高 { $height }%
page-cover-how = 涂掉照片的一部分，模型会立刻重新预测。
page-cover-keys = 待遮挡的照片。方向键移动画笔或矩形，按住 Shift 改变大小，回车键遮挡，退格键撤销。
page-cover-tool = 工具
page-cover-brush = 画笔
page-cover-box = 矩形
page-cover-kind = 遮挡方式
page-cover-grey = 灰色
page-cover-blur = 模糊
page-cover-patch = 照片的另一处
page-cover-source = 选择取自何处
page-cover-across = 图块取自照片中心对称的位置，也可以自己选择。
page-cover-aim = 请点击（或按回车键）选定从哪里取图块。
page-cover-undo = 撤销
page-cover-reset = 重置
page-cover-shown = 显示哪张照片
page-cover-before = 遮挡前
page-cover-after = 遮挡后
page-cover-board = 遮挡前后对比
page-cover-class = 类别
page-cover-change = 变化
page-cover-points = { $number } 个百分点
page-cover-rank = { $rank }.
page-cover-facts = 遮挡前 { $before }，现在 { $after }：{ $change }
page-cover-changed = { $name }：遮挡前 { $before }，现在 { $after }。
page-cover-empty = 尚未遮挡。横条表示概率，采用同一刻度。
page-cover-uncovered = 遮挡之前整张照片的预测。
page-cover-same-scale = 照片有部分被遮挡。颜色沿用遮挡前热力图的刻度，因此两者可以直接比较。
page-cover-no-map = 照片有部分被遮挡，这张照片没有热力图。
page-cover-full = 遮挡太多，无法再添加笔画。请撤销一些，或重置。
page-guess-how = 对于这个类别，模型在看哪里？看到热力图之前，请在照片上点击或涂抹。
page-guess-keys = 没有热力图的照片。方向键移动圆点，按住 Shift 改变大小，回车键放置，退格键撤销。
page-guess-veiled = 照片。大家猜完之前，热力图保持隐藏。
page-guess-name = 谁的猜测
page-guess-number = 猜测 { $number }
page-guess-next = 下一位
page-guess-reveal = 揭晓热力图
page-guess-hide = 隐藏热力图
page-guess-anew = 重新开始
page-guess-none = 还没有猜测：请在照片上点击或涂抹。
page-guess-full = 猜测已满。请揭晓热力图，或重新开始。
page-guess-waiting = 已提交的猜测在揭晓之前不显示。
page-guess-kept = 已提交 { $count } 个猜测。
page-guess-board = 大家的猜测
page-guess-begin = 揭晓之后，这里显示每个猜测覆盖了多少支持证据。
page-guess-empty = 这个类别的热力图没有支持证据，无法评分。
page-guess-remove = 删除{ $name }
page-guess-centre = 居中的圆
page-guess-chance = 随机水平
page-guess-beside = 居中的圆 { $centre } · 随机水平 { $chance }
page-guess-spread = { $count ->
    [one] 这个猜测覆盖了 { $median } 的支持证据。同样面积的居中圆覆盖 { $centre }；随机水平为 { $chance }，即它所占的面积。
   *[other] { $count } 个猜测：所覆盖支持证据的中位数为 { $median }，最低 { $least }，最高 { $most }。同样面积的居中圆的中位数为 { $centre }；随机水平（所占面积）的中位数为 { $chance }。
}

## 错误信息及其中的词语

error-a-compressed-file = 压缩文件
error-a-jpeg-2000 = JPEG 2000 文件
error-a-jpeg-xl = JPEG XL 文件
error-a-list = 列表
error-a-number = 数
error-a-pdf = PDF 文档
error-a-photoshop = Photoshop 文件
error-a-postscript = PostScript 文档
error-a-text = 文本
error-a-truth-value = 真假值
error-a-video = 视频或其他类型的媒体文件
error-a-web-page = 网页
error-a-zip = ZIP 压缩包
error-action-given-up = 页面有一段时间没有动静，因此这项工作已放弃。请再选一次，重新开始。
error-address-unknown = 这个地址没有内容。
error-an-icon = 图标文件
error-an-object = 对象
error-an-svg = SVG 矢量图
error-answer-broken = 这里出了问题；仍显示之前的图片。请再试一次，或选择别的内容。
error-array-bands = 数组有 { $count } 个波段，而模型需要 { $channels } 个：请传入形状为 `(H, W, { $channels })` 的数组，或使用含 { $count } 个值的 `Preprocess(mean=..., std=...)`。
error-array-bands-range = 数组中的浮点数在 { $low } 到 { $high } 之间：请缩放到 [0, 1]。
error-array-bands-shape = 数组的形状是 { $shape }：请传入 `(H, W)` 或 `(H, W, C)`，通道放在最后。
error-array-channels-first = 数组的形状是 { $shape }（通道在最前，请移到最后）：请传入 `(H, W)`、`(H, W, 3)` 或 `(H, W, 4)`。
error-array-not-finite = 数组中含有 `NaN` 或无穷大：请传入 [0, 1] 内的有限值。
error-array-one-band = 数组只有 1 个波段，而模型需要 { $channels } 个：请传入形状为 `(H, W, { $channels })` 的数组，或使用含 1 个值的 `Preprocess(mean=..., std=...)`。
error-array-range = 数组中的浮点数在 { $low } 到 { $high } 之间：请缩放到 [0, 1]，或传入 [0, 255] 内的 `uint8`。
error-array-shape = 数组的形状是 { $shape }：请传入 `(H, W)`、`(H, W, 3)` 或 `(H, W, 4)`。
error-array-type = 数组的类型是 { $type }：请传入 `uint8`、`uint16`、`bool`，或 [0, 1] 内的浮点数。
error-array-type-preprocess = 数组的类型是 { $type }：请传入 `uint8`、`uint16`、`bool`，或 [0, 1] 内的浮点数；也可以给模型一个能直接接受它的预处理：`wrap_model(net, preprocess=function)`。
error-augment-nothing = 没有可以求平均的增强方式。请至少给出一个：`augmentations=[Augmentation()]`。
error-averages-cancel = 在层 { $layer } 处，每个通道的梯度在所有位置上相加都为零，因此所有权重都为零：其后的运算减去每个通道的平均值，如实例归一化那样，或者是在比较同一类别的两个框。HiResCAM 逐个位置使用梯度：`explain(trace, "hirescam")`。
error-bands-chosen = `bands={ $bands }` 选出的既不是波段 0 到 { $last } 中的三个，也不是作为灰度的其中一个：例如可用 `bands={ $usual }`。
error-body-holds-more = 请求正文除 `data`、`session_hash`、`fn_index`、`trigger_id` 和 `event_data` 外还含有别的内容。
error-body-is-json = 此请求的正文应为 `JSON`：发送时请注明 `Content-Type: application/json`。
error-body-no-call = 请求正文不是由 `data` 和 `session_hash` 组成的对象。
error-body-no-json = 请求正文不是 `JSON`：请发送一个 `JSON` 对象。
error-body-no-object = 请求正文是{ $kind }：请发送一个 `JSON` 对象。
error-body-too-large = 请求正文超过了这里接受的 { $most } MB：请先缩小。
error-body-too-slow = 请求正文到得太慢。请再试一次。
error-bytes = { $count } 字节
error-channels = { $count } 个通道
error-choice-no-object = 一次选择应是对象，而不是{ $kind }。
error-class-index-no-number = `class_index` 不是整数：{ $found }。-1 表示首位类别。
error-class-index-whole = `class_index` 应是整数（-1 表示首位类别），而不是 { $value }。
error-class-numbers = 也可以用 0 到 { $last } 的类别编号。
error-clock-wrong = 这次操作的编号不属于今天。请检查这台设备的时钟，然后重新打开页面。
error-combine-too-slow = { $method } 生成一张图就需要一些时间。请改为组合一种即时方法的图。
error-contrast-alone = 对比目标至少需要另一个类别来比较。
error-cover-classes = 遮挡的效果要看各类别概率的变化，而 { $model } 找的是物体或区域。请选择一个分类器。
error-cover-broken = 无法分析遮挡后的照片。请撤销最后一笔，或重置。
error-cover-slow = { $method } 太慢，无法在每一笔之后重画热力图：只更新了预测。请选择即时的方法。
error-data-no-frame = `data` 不是含有一帧画面的对象。
error-data-no-id = `data` 不是带有 `id` 的对象。
error-data-no-list = `data` 不是含 { $count } 个值的列表。
error-detail-no-number = `detail` 不是数：{ $found }。1 表示模型自己的输入尺寸。
error-detail-not-offered = 页面上的精细度可以是 { $others } 或 { $last }，而不是 { $found }。请选择其中之一。
error-detail-one-size = { $title } 只接受一种输入尺寸：精细度为 { $detail }、输入为 { $width } × { $height } 像素时，它报告 { $says }。请用 `detail=1`；timm 的 ViT 若由 `create_model(..., dynamic_img_size=True)` 创建，则可接受更多尺寸。
error-detail-own-preprocess = `detail={ $detail }` 需要另一种输入尺寸，而 { $title } 的预处理是一个自行决定尺寸的函数。请用 `wrap_model(net, preprocess=Preprocess(size=(224, 224), resize=256))`，或 `detail=1`。
error-detail-range = 精细度 `detail` 应是 { $least } 到 { $most } 之间的数，而不是 { $detail }。请用 `detail=1.0`，想更精细可用 1.5。
error-does-attention = 像注意力那样把特征与特征相乘
error-does-division = 把特征除以特征
error-does-fused-attention = 含有注意力
error-does-gates = 像门控那样把特征与特征相乘
error-does-group-norm = 含有组归一化
error-does-layer-norm = 含有层归一化
error-does-other = 含有运算 { $operation }
error-does-own-statistics = 用图像自身的统计量做归一化
error-does-products = 把特征与特征相乘
error-does-softmax = 像注意力那样在内部使用 softmax
error-effort-no-faster = 在这台机器上，bfloat16 不会让 { $title } 更快。
error-effort-not-measured = { $method } 减少计算量后与原图有多接近尚未测量，因此全部计算都会完成。
error-effort-other-map = { $method } 减少计算量后会得到另一张图：它与精确图的相关系数为 { $correlation }。
error-eigen-no-weights = { $method } 不对通道加权，因此它的图不能这样平滑。
error-empty-type = 空的 { $type }
error-explain-no-input = `{ $name }` 不是 `/explain` 的输入。可用的输入有：{ $inputs }。
error-field-is-not = `{ $name }` 不是{ $wanted }：{ $found }。
error-file-gone = 此文件不在服务器上，或已不在。请重新发送。
error-frame-box = 要跟踪的框应是四个 0 到 1 之间的数，而不是 { $value }。
error-frame-broken = 服务器出了问题。请重新启动摄像头，或选择另一个模型。
error-frame-class = 类别应是整数，而不是 { $value }。
error-frame-damaged = 这一帧在传送中损坏。请重新启动摄像头。
error-frame-kind = 一帧应是不超过 { $limit } `KiB` 的图片文件的 `base64` 编码。
error-fuse-nothing = 没有可融合的图。请至少给出一个解释。
error-group-of = 由 { $inside } 组成的 { $type }
error-group-of-nothing = 没有元素的 { $type }
error-handler-unknown = `fn_index` 不是此页面的处理函数编号。
error-hub-arch = { $id } 的架构是 { $arch }，`timm` 没有这种架构。
error-hub-broken = 无法查询 Hugging Face Hub，请再试一次。
error-hub-code = `transformers` 没有 { $arch }，而来自 Hub 的代码一律不运行
error-hub-gated = { $id } 的发布者要求先同意其条款：请用 Hub 自己的客户端下载，之后这里就能找到它。
error-hub-id = { $id } 不是 Hugging Face Hub 上模型的标识。标识的形式是 `owner/name`，例如 `timm/resnet18.a1_in1k`。
error-hub-kind = { $id } 不是这里能解释的图像模型（{ $found }）：能解释的是 `timm` 的分类器，以及 `transformers` 的 { $kinds }。
error-hub-large = { $id } 的 { $file } 有 { $size } MB，这里最多下载 { $most } MB。
error-hub-look-first = 本机没有 { $id }。请先在模型列表下方查询它：先看大小和许可证。
error-hub-no-transformers = 没有安装 `transformers`：`pip install transformers`
error-hub-no-weights = { $id } 没有这里能打开的文件：{ $files }。它的权重可能分成了几部分，或是其他格式。
error-hub-none = Hugging Face Hub 上没有公开的模型 { $id }。
error-hub-off = 本页面不从 Hugging Face Hub 下载模型：需要由主机设置 `CAM_HUB=on`。
error-hub-strange = 它的 `config.json` 要求这里不会打开的东西（{ $part }）
error-hub-unfit = 无法打开 { $id }，因为{ $reason }。
error-hub-unheard = 无法向 Hugging Face Hub 查询 { $id }，因为{ $reason }。
error-image-address = 不支持打开网址：请先保存图片，再选择保存的文件。
error-image-bomb = { $name } 的像素超出了这里能打开的数量：请先缩小图片。
error-image-bytes = { $name } 超过了 { $limit } 的上限：请缩小图片，或另存为 JPEG。
error-image-crowded = { $name } 需要谨慎打开，而前面还有文件在排队：请几秒后再试，或另存为 JPEG。
error-image-damaged = { $name } 的开头像 { $kind } 图片，却无法读取：文件可能已损坏、不完整、没有像素，或属于少见的类型；请重新保存或下载为 JPEG 或 PNG。
error-image-damaged-or-large = { $name } 的开头像 { $kind } 图片，却无法读取：文件可能已损坏、不完整、没有像素，或属于少见的类型；请重新保存或下载为 JPEG 或 PNG。也可能是它需要的内存超出了其像素应有的量：请先缩小图片。
error-image-empty = { $name } 是空的（0 字节）：请选择 { $choices }。
error-image-folder = { $name } 是文件夹：请选择 { $choices }。
error-image-greedy = { $name } 需要的内存超出了其像素应有的量：请另存为 JPEG 或 PNG。
error-image-kinds = JPEG、PNG、WebP、AVIF、GIF、TIFF、BMP 或 HEIC 文件
error-image-memory = { $name } 需要的内存不够：请先缩小图片。
error-image-missing = { $name } 不存在：请检查路径。
error-image-no-description = `image` 没有描述一个文件。
error-image-no-file = { $name } 不是普通文件：请选择 { $choices }。
error-image-no-image = { $name } 不是这里能打开的图片：请选择 { $choices }。
error-image-no-meta = `image` 应是带有 { $meta } 的文件。
error-image-not-finite = { $name } 含有 `NaN` 或无穷大：请用有限值保存。
error-image-not-now = { $name } 暂时无法打开：请再试一次，或另存为 JPEG。
error-image-not-plain = 图片已损坏，或不是普通的 { $kind } 文件：请发送相机生成的那种 JPEG、PNG 或 WebP。
error-image-not-readable = { $name } 无法读取：请重新以可读方式打开。
error-image-not-sent = `image` 不是已发送的文件：请先把它发送到 `/gradio_api/upload`。
error-image-other-kind = { $name } 是 { $kind }，这里无法打开：请先把图片另存为 PNG 或 JPEG。
error-image-pixels = { $name } 有 { $width } × { $height } = { $pixels } 像素，超过了 { $limit } 的上限：请先缩小图片。
error-image-slow = { $name } 打开时间超过 { $seconds } 秒：请另存为 JPEG 或 PNG。
error-image-small = { $name } 是 { $width } × { $height } 像素：每边至少需要 { $side } 像素。
error-image-text-mode = { $name } 以文本方式打开：请以二进制方式（`'rb'`）打开。
error-image-type = { $type } 类型的值不能作为图像打开：请传入路径、字节、二进制文件、PIL 图像或 numpy 数组。
error-image-unreadable = { $name } 无法读取：请检查路径和权限。
error-image-web-address = 不支持打开网址：请保存图片，再发送保存的文件。
error-input-channels = 输入有 { $has }，而{ $takes }。请传入图像或张量 `(1, { $taken }, H, W)`，或使用 `wrap_model(net, preprocess=Preprocess(mean=..., std=...))`，其中各含 { $taken } 个值。
error-input-channels-last = 输入有 { $has }，而{ $takes }（它的通道在最后：请传入 `tensor.permute(2, 0, 1)`）。请传入图像或张量 `(1, { $taken }, H, W)`，或使用 `wrap_model(net, preprocess=Preprocess(mean=..., std=...))`，其中各含 { $taken } 个值。
error-input-no-gradient = { $title } 的得分没有通向输入的梯度：计算图在{ $place }处中断。RISE 和遮挡法不需要梯度：`explain(trace, "rise")`。
error-input-size = 网络不接受 { $width } × { $height } 像素的输入，即 (1, { $channels }, { $height }, { $width })。它报告：{ $says }。请给出它自己的尺寸：`wrap_model(net, preprocess=Preprocess(size=(H, W)))`。
error-input-size-known = 网络不接受 { $width } × { $height } 像素的输入，即 (1, { $channels }, { $height }, { $width })；它接受 { $known_width } × { $known_height }。它报告：{ $says }。请给出它自己的尺寸：`wrap_model(net, preprocess=Preprocess(size=(H, W)))`。
error-it-is-kind = 它是{ $kind }
error-mcp-image = `image` 既不是 `data:image/jpeg;base64,...` 形式的图片，也不是已发送到本页面的文件的地址（先 `POST /gradio_api/upload`，再用 `.../gradio_api/file=PATH`）。其他一概不打开。
error-mcp-image-damaged = `image` 不是文件的 `base64`：请重新发送。
error-mcp-image-large = `image` 有 { $size } MB，最多接受 { $most } MB：请先缩小。
error-mcp-no-arguments = 调用工具时，`params` 里要有 `name` 和 `arguments`。
error-mcp-no-message = 请求体不是 MCP 消息：应是带有 `jsonrpc` 2.0、`id`、`method` 和 `params` 的对象。
error-mcp-no-method = 本页面不回答 MCP 的 { $method }。
error-slide-ending = 动图是 WebP 或 GIF，而不是 { $ending }：`--slide slide.webp`。
error-slide-empty = 没有可以展示的图片：这里没有适用的即时方法。
error-slide-one-photo = 动图只展示一张照片：使用 `--slide` 时请只给一张图像。
error-file-broken = 这个文件没能做成。请换一种方法，或再试一次。
error-file-one-at-a-time = 你上一个文件还在制作中，请等它完成后再要下一个。
error-file-too-long = 这个文件在这里需要超过 { $most } 秒。请选一种快速方法，或在终端制作：`python -m cam photo.jpg`。
error-kind-file = 文件
error-slide-too-slow = 轮播要用到多幅图，而 { $method } 每一幅都要算一阵子。请选一种即时方法。
error-wanted-share = 0 到 1 之间的数
error-kind-class = 类别
error-kind-colormap = 配色
error-kind-combination = 组合
error-kind-effort = 计算量
error-kind-evidence = 证据类型
error-kind-example = 示例
error-kind-fit = 适配方式
error-kind-fusion = 融合方式
error-kind-interpolation = 插值方式
error-kind-kind-of-scores = 得分类型
error-kind-language = 语言
error-kind-slide = 幻灯内容
error-kind-language-of-the-class-names = 类别名称的语言
error-kind-layer = 层
error-kind-method = 方法
error-kind-model = 模型
error-kind-with-parts = { $kind }（{ $inside }）
error-layer-call = { $title } 的层 { $layer } 在一次前向传播中运行 { $count } 次，因此 `call` 应在 0 到 { $last } 之间。
error-layer-folded = { $title } 的层 { $layer } 没有自己的输出：它后面的归一化已并入其中。请不要用 `fold` 加载模型。
error-layer-never-runs = { $title } 的层 { $layer } 在前向传播中从不运行，因此没有可显示的内容。
error-layer-no-gradient = 得分对 { $title } 的层 { $layer } 没有可求导的依赖：计算图在{ $place }处中断。Score-CAM、Ablation-CAM、Eigen-CAM、RISE 和遮挡法不需要梯度：`explain(trace, "scorecam")`。
error-layer-no-map = { $title } 的层 { $layer } 没有空间上的特征图：它的输出是 { $output }。
error-layer-no-places = { $title } 的层 { $layer } 没有空间上的特征图：它的输出是 { $output }，而且图片某处改变时，变化最大的并不是对应的位置。
error-layer-not-in-pass = { $title } 的层 { $layer } 在这次前向传播中没有运行。请试试 { $usual }。
error-layer-not-in-score = 得分不依赖于层 { $layer }。请选择更靠近输出的层。
error-layer-not-of-finding = 该结果的得分在层 { $layer } 上没有梯度：它经由网络中的另一条路径，或已饱和。请使用 `trace(model, image, { $usual })`。
error-layer-not-of-finding-usual = 该结果的得分在层 { $layer } 上没有梯度：它经由网络中的另一条路径，或已饱和。不需要层的方法可以显示它：`explain(trace, "rise", finding)`。
error-layer-other-call = { $title } 的层 { $layer } 在一次前向传播中运行 { $count } 次，而第 { $call } 次调用（从 0 数起）不显示这张图片。请换一次：`trace(model, image, { $layer }, call={ $good })`。
error-layer-same-map = { $title } 的层 { $layer } 没有空间上的特征图：它的输出是 { $output }，其中没有任何内容随图片改变。
error-length-no-number = 请求头 `Content-Length` 不是数。
error-logits-of-places = 如果这些是每个位置的 logit，请把它们合并：`wrap_model(net, output=lambda out: out.mean((2, 3)))`。
error-logits-of-tokens = 如果这些是各词元的 logit，请取其中一个或平均值：`wrap_model(net, output=lambda out: out.mean(1))`。
error-logits-one-number = 如果这是每张图像一个数：`wrap_model(net, output=lambda out: out[:, None])`。
error-logits-one-place = 请去掉位置维度：`wrap_model(net, output=lambda out: out.flatten(1))`。
error-logits-where = 请指明 logit 在哪里：`wrap_model(net, output=lambda out: out["scores"])`。
error-many-batch = 批大小 `batch` 应是不小于 1 的整数，而不是 { $value }。请用 `batch=8`。
error-many-on-error = `on_error` 应是 `"raise"` 或 `"yield"`，而不是 { $value }。
error-map-no-numbers = { $method } 在层 { $layer } 的图中含有非数值。对这张图像，模型自身的输出可能就有问题；请换一个层或方法。
error-megabytes = { $megabytes } MB
error-method-class-blind = { $method } 不区分类别，因此既不显示支持它的证据，也不显示反对它的证据。
error-method-layer-blind = { $method } 在每一层给出的图都相同，因此没有可融合的内容。
error-method-unsigned = { $method } 显示的是影响有多大，而不是支持还是反对该类别。
error-method-unsigned-combined = 组合后的 { $method } 显示的是影响有多大，而不是支持还是反对该类别。
error-millions = { $tens_of_thousands } 万
error-model-fetching = 正在下载 { $model }：{ $done } / { $total } MB。
error-model-loading = 正在加载 { $model } …
error-model-no-layer = { $title } 没有可以显示特征图的层。RISE、遮挡法等作用于像素的方法不需要层：`explain(trace, "rise")`。
error-model-not-awaited = 不再等待 { $model }。它的权重会继续在后台下载。
error-needs-blocks-fewer-tokens = 这需要视觉 Transformer：由一系列模块组成，每个模块对图像的全部词元做一次注意力。{ $title } 的某些注意力只看到部分词元。
error-needs-blocks-no-attention = 这需要视觉 Transformer：由一系列模块组成，每个模块对图像的全部词元做一次注意力。{ $title } 没有可以观察到的注意力。
error-needs-blocks-windows = 这需要视觉 Transformer：由一系列模块组成，每个模块对图像的全部词元做一次注意力。{ $title } 的注意力限于窗口之内，或不按模块的顺序进行。
error-needs-few-places = 这种方法要把每个位置与其他所有位置比较，对 { $layer } 的 { $height } × { $width } 个位置需要数 GB 内存。请选择更深的层。
error-needs-full-sum = FullGrad 要求网络的得分等于输入梯度与偏置梯度之和。在 { $title } 中它们的和为 { $total }，而得分为 { $score }：网络以某种观察不到的方式加入了别的内容。
error-needs-input-gradient = { $title } 不接受带梯度的输入：它报告 { $says }。
error-needs-linear-head = CAM 要求该层之后紧接全局平均池化和一个全连接层，而 { $title } 的 { $layer } 之后不是这样。Grad-CAM 适用于任何层。
error-needs-relu = 引导反向传播改变 ReLU 回传梯度的方式，而 { $title } 没有 ReLU。在那里它只会是普通的输入梯度。
error-needs-sums = FullGrad 要求网络的得分等于输入梯度与偏置梯度之和。{ $title } { $does }，因此它们的和不等于得分。
error-no-areas = 该网络不对每个位置分别作答，因此无法询问照片中的某个位置或区域。请选择它找到的一个结果。
error-no-finite-number = 不是有限的数
error-no-image-sent = 没有收到图片：请把文件作为 `image` 传入。
error-no-picture-in-folder = { $folder } 中没有图片。请给出含有照片的文件夹，或直接给出照片。
error-no-room = 服务器暂时没有空间存放它。请稍后再试。
error-null = 空值（`null`）
error-one-channel = 1 个通道
error-other-sites = 其他网站页面发来的请求不予回应；参见 `CAM_SITES`。
error-output-made = 网络返回了 { $returned }，而 `output=` 由此得到 { $made }，不是形状为（批次, 类别）的 logit。{ $hint }
error-output-no-logits = 网络必须返回形状为（批次, 类别）的 logit，而它返回了 { $returned }。{ $remedy }
error-output-raised = 网络返回了 { $returned }，而 `output=` 引发了 { $words }。{ $hint }
error-page-outdated = 此页面与服务器的版本不同。请重新加载页面。
error-photo-bands = 照片按原样显示：`bands=` 用来选择数组或张量中显示的波段。
error-photo-channels = 照片最多有 4 个通道（`RGBA`），而模型需要 { $channels } 个：请传入形状为 `(H, W, { $channels })` 的数组，或张量 `(1, { $channels }, H, W)`。
error-photo-gone = 这张照片已不在服务器上。请重新发送。
error-photo-not-awaited = 不再等待你的照片。请重新发送，或换一张。
error-photo-opening = 正在打开你的照片 …
error-place-forward = 网络自身 `forward` 的某一行
error-place-module = 模块 { $name }（{ $type }）
error-preprocess-empty = 预处理返回了没有内容的 { $type }，其中没有 `"pixel_values"`：请选出张量，例如 `wrap_model(net, preprocess=lambda image: processor(image)["..."])`。
error-preprocess-image = 预处理返回了 PIL 图像：请返回张量 `(C, H, W)` 或 `(1, C, H, W)`，例如用 torchvision 的 `to_tensor(image)`。
error-preprocess-keys = 预处理返回了含有 { $keys } 的 { $type }，其中没有 `"pixel_values"`：请选出张量，例如 `wrap_model(net, preprocess=lambda image: processor(image)["..."])`。
error-preprocess-kind = 预处理返回了{ $what }：请返回张量 `(C, H, W)` 或 `(1, C, H, W)`。
error-preprocess-many = 预处理为一张图像返回了 { $count } 张，形状为 { $shape }：请返回张量 `(C, H, W)` 或 `(1, C, H, W)`。
error-preprocess-shape = 预处理返回了形状为 { $shape } 的张量：请返回张量 `(C, H, W)` 或 `(1, C, H, W)`。
error-preprocess-statistics = `Preprocess` 需要每个通道各一个 `mean` 和 `std`，而不是 `mean={ $mean }` 和 `std={ $std }`：灰度网络可用 `Preprocess(mean=(0.5,), std=(0.5,))`。
error-preprocess-tuple = 预处理返回了{ $what }：请返回张量 `(C, H, W)` 或 `(1, C, H, W)`，或元组 `(tensor, View)`。
error-products-cancel = 在层 { $layer } 处，梯度与激活值的乘积在每个位置上相加都为零：其后的运算把每个位置除以它自身的大小，如层归一化那样。请把该归一化的输出选作层，或使用 `explain(trace, "{ $way_out }")`。
error-request-shape = 请求的格式不是这个地址所接受的。
error-scores-no-probabilities = 网络返回的数在 { $low } 到 { $high } 之间，而概率应在 [0, 1] 内：请用 `scores="softmax"` 或 `scores="sigmoid"`。
error-scores-unclear = 网络返回 0 到 1 之间的数，且无法查看其内部：它们可能是概率，也可能是 logit。请指明是哪一种，例如 `wrap_model(net, scores="given")`；若是 logit，则用 `"softmax"` 或 `"sigmoid"`。
error-server-fault = 服务器出了问题。
error-server-going = 服务器正在停止或重新启动。请稍后再试。
error-steps-approximate = { $method } 的近似结果没有步骤可讲：它在哪里停下取决于所用的时间。请讲精确的图：`steps(explain(trace, { $name }, target))`。
error-steps-no-channels = 这张图不是对某一层各通道的求和，因此没有哪个通道更重要。Grad-CAM 的图是：`explain(trace, "gradcam")`。
error-steps-other-map = { $method } 在这里得到的是另一张图，它的步骤不会通向这张图。请给出 `explain` 或 `combine` 返回的结果，并且不要改动网络。
error-steps-unfinished = { $method } 的这张图还没有完成，因此步骤也不完整。请讲完成后的图：`steps(explain(trace, { $name }, target))`。
error-steps-untold = { $method } 没有讲出通向其图的步骤。`CONTRIBUTING.md` 说明方法如何讲出步骤。
error-stopped-after = 已在完成 { $percent }% 后停止：这张图尚未完成。
error-strokes-many = 超过了 { $strokes } 笔或 { $points } 个点。请撤销一些，或重置。
error-strokes-shape = `strokes` 不是由画笔和矩形及其点组成的列表。
error-stopped-at-once = 完成不到 1% 时已停止：这张图尚未完成。
error-story-broken = 无法讲出这张图的各个步骤。请选择其他方法，或再选一次这个方法。
error-strip-broken = 无法显示各层。
error-strip-one-layer = { $method } 只适用于一个层：这里显示的是 { $usual }。
error-strip-too-slow = { $method } 若用于每一层会太慢：这里显示的是 { $usual }。
error-strip-whole-network = { $method } 贯穿整个网络，而不只看一个层：这里显示的是 { $usual }。
error-survey-broken = 无法查明这个网络接受怎样的输入。
error-takes = 它需要 { $taken } 个
error-takes-first = 网络的第一个卷积层 { $name } 需要 { $taken } 个
error-takes-network = 网络需要 { $taken } 个
error-target-no-gradient = 目标对 logit 没有可求导的依赖。
error-target-no-number = 目标必须以张量返回一个数；这个目标返回了别的东西。
error-target-type = 目标可以是 `None`、类别编号、类别名称或 logit 的函数，而不是 { $type }。
error-target-whole = `target` 是结果的序号，从 1 开始，-1 表示最可信的一个，而不是 { $value }。
error-tensor-detail = 张量就是输入本身，而 `detail={ $detail }` 要求另一种尺寸。请传入生成它的图片，或以 `detail=1` 传入另一个张量：`torch.nn.functional.interpolate(tensor, scale_factor={ $detail })`，形状为 `(1, C, H, W)`。
error-tensor-many = 张量含有 { $count } 张图像，而一次只解释一张：请传入 `tensor[:1]`。
error-tensor-not-finite = 张量中含有 `NaN` 或无穷大：请传入有限值。
error-tensor-of-shape = 形状为 { $shape } 的张量
error-tensor-shape = 张量的形状是 { $shape }：可直接使用的输入是 `(1, C, H, W)` 或 `(C, H, W)`。
error-tensor-type = 张量的类型是 { $type }：可直接使用的输入是浮点数，并已按网络的要求标准化，例如 `tensor.float() / 255`。若要对它做预处理，请传入 `tensor.permute(1, 2, 0).numpy()`。
error-the-array = 该数组
error-the-file = 该文件
error-the-image = 该图像
error-the-picture = 该图片
error-too-many-people = 目前使用的人太多。请几秒后再试。
error-unknown-listed = 没有名为 { $value } 的{ $kind }。可选：{ $choices }。
error-unknown-listed-remedy = 没有名为 { $value } 的{ $kind }。可选：{ $choices }。{ $remedy }
error-unknown-many = 没有名为 { $value } 的{ $kind }。可选：{ $choices } 等。
error-unknown-many-remedy = 没有名为 { $value } 的{ $kind }。可选：{ $choices } 等。{ $remedy }
error-unknown-near = 没有名为 { $value } 的{ $kind }。你要找的是不是：{ $choices }？
error-unknown-near-remedy = 没有名为 { $value } 的{ $kind }。你要找的是不是：{ $choices }？{ $remedy }
error-upload-broken-off = 上传中断了。
error-upload-many-files = 一次请求中的文件超过了 { $most } 个。请逐个发送。
error-upload-no-boundary = 文件应以 `multipart/form-data` 格式发送，并注明 `boundary`。
error-upload-unreadable = 无法读取上传的内容。请重新发送。
error-value-a = { $type }
error-value-an = { $type }
error-value-is-kind = { $value }（{ $kind }）
error-value-of-type = 类型为 { $type } 的值
error-verb-unknown = 这里只回应 `GET`、`HEAD` 和 `POST`。
error-visitor-many-logins = 这个地址在一小时内登录次数过多。请稍后再试。
error-visitor-sent-much = 这个地址在一小时内发来的内容超过了 { $most } MB。请稍后再试。
error-wanted-area = 一个类别编号，加上一个点，或一个网格及其游程
error-wanted-few-texts = 由几段文本组成的对象
error-wanted-function = 此页面的函数
error-wanted-not-negative = 非负整数
error-wanted-part = 此页面的组成部分
error-wanted-path = 路径
error-wanted-session = 由字母、数字、- 和 _ 组成、不超过 64 个字符的名称
error-wanted-short-text = 不超过 { $most } 个字符的文本
error-wanted-truth = `true` 或 `false`
error-wanted-whole = 整数
error-weights-broken-off = 下载到 { $done } MB（共 { $total } MB）时连接中断
error-weights-certificate = 服务器的证书无法验证
error-weights-checksum = 收到的文件与发布的不一致：校验和不同
error-weights-connection = 连接中断
error-weights-damaged = 文件已损坏
error-weights-disk-full = 磁盘已满
error-weights-failed = 下载失败（{ $type }）
error-weights-fetch-first = { $model } 的权重不在这台机器上。请先在“探索”标签页中下载。
error-weights-larger = 收到的数据比承诺的多
error-weights-late = 服务器在 { $seconds } 秒内没有响应
error-weights-missing = 无法获取 { $title } 的权重（{ $megabytes } MB），原因是{ $reason }；{ $others } 和 { $last } 无需下载即可使用。
error-weights-no-connection = 无法连接到服务器
error-weights-no-folder = 没有可以写入权重的文件夹
error-weights-no-hub = 服务器的响应与 Hugging Face Hub 不符
error-weights-no-tensors = 文件里有张量以外的东西
error-weights-not-here = { $model } 的权重不在这台机器上。
error-weights-offline = 环境变量 `HF_HUB_OFFLINE` 禁止访问 Hugging Face Hub
error-weights-other = 文件中的权重不属于这个网络
error-weights-package = { $title } 的权重随软件包 { $package } 提供，而该软件包缺失或已损坏。
error-weights-status = 服务器返回了 { $status }
error-weights-unreadable = 文件无法读取
error-wrap-no-function = { $given } 应是函数，而不是 { $type }：`wrap_model(net, { $given }=function)`。

## 方法

method-gradcam-title = Grad-CAM
method-gradcam-summary = 以梯度的平均值对通道加权。
method-gradcam-advice = 目标层之后是池化时的首选；在其他层，对位置求平均会模糊证据所在。
method-gradcam-cost = 即时
method-cam-title = CAM
method-cam-summary = 以分类头自身的权重对通道加权。
method-cam-advice = 在线性分类头之前是精确的，与 Grad-CAM 的图相同；对其他任何层都不适用。
method-cam-cost = 即时
method-hirescam-title = HiResCAM
method-hirescam-summary = 逐位置把梯度与激活值相乘，再对通道求和。
method-hirescam-advice = 各位置作用不同时的首选，例如在 ViT 中；只有在线性分类头之前才是精确的。
method-hirescam-cost = 即时
method-odam-title = ODAM
method-odam-summary = 逐位置把平滑后的梯度与激活值相乘，再对通道求和。
method-odam-advice = 为检测器设计：单个检测框的证据，比 HiResCAM 的略为圆润。
method-odam-cost = 即时
method-gradcam_elementwise-title = 逐元素 Grad-CAM
method-gradcam_elementwise-summary = 逐位置把梯度与激活值相乘，去掉负的乘积。
method-gradcam_elementwise-advice = 适合查看支持某个类别的全部证据；反对证据不被减去，因此图的范围偏大。
method-gradcam_elementwise-cost = 即时
method-gradcam_plusplus-title = Grad-CAM++
method-gradcam_plusplus-summary = 只用正梯度，并通过加权使同类的多个物体同等重要。
method-gradcam_plusplus-advice = 适合同一类别有多个物体的图像；反对证据不被减去，因此相似类别的物体也会亮起。
method-gradcam_plusplus-cost = 即时
method-smoothgradcam_plusplus-title = Smooth Grad-CAM++
method-smoothgradcam_plusplus-summary = 对图像的多个加噪副本求 Grad-CAM++。
method-smoothgradcam_plusplus-advice = 适合得到更稳定的 Grad-CAM++；它的缺点依旧，而且噪声过大时解释的已是另一张图像。
method-smoothgradcam_plusplus-cost = 模型的八次前向传播
method-xgradcam-title = XGrad-CAM
method-xgradcam-summary = 在通道激活的位置上对梯度求平均。
method-xgradcam-advice = 适合 ReLU 之后的层；通道的值几乎相互抵消时，它的权重会失控。
method-xgradcam-cost = 即时
method-layercam-title = LayerCAM
method-layercam-summary = 逐位置用正梯度乘以激活值。
method-layercam-advice = 适合浅层，能保留精细的位置；总体上降低得分的位置也可能亮起。
method-layercam-cost = 即时
method-shapleycam-title = Shapley-CAM
method-shapleycam-summary = 在 Grad-CAM 中加入二阶项，反映各通道如何共同作用。
method-shapleycam-advice = 适合远非线性的分类头；它解释的是得分加上对数概率，因此也涉及竞争类别。
method-shapleycam-cost = 即时
method-eigencam-title = Eigen-CAM
method-eigencam-summary = 激活值的主要模式。
method-eigencam-advice = 适合查看一层中突出的内容；对每个类别都相同，因此不能说明为什么选中某个类别。
method-eigencam-cost = 即时
method-eigencam_centred-title = 中心化 Eigen-CAM
method-eigencam_centred-summary = 去掉所有位置共有部分的 Eigen-CAM。
method-eigencam_centred-advice = 往往比 Eigen-CAM 更贴近物体；对每个类别都相同，且正负号只是约定。
method-eigencam_centred-cost = 即时
method-kpca_cam-title = KPCA-CAM
method-kpca_cam-summary = 采用非线性核的 Eigen-CAM，用于直线无法拟合的模式。
method-kpca_cam-advice = 适合 Eigen-CAM 混淆物体与背景的情形；对每个类别都相同，且正负号只是约定。
method-kpca_cam-cost = 即时；在 56 × 56 个位置上约需一秒
method-fem-title = FEM
method-fem-summary = 以激活值高出平均值两个标准差的位置占比对通道加权。
method-fem-advice = 适合不用梯度的快速查看；对每个类别都相同，而且占满画面的物体在任何位置都不突出。
method-fem-cost = 即时
method-eigengradcam-title = EigenGrad-CAM
method-eigengradcam-summary = 梯度与激活值之积的主要模式。
method-eigengradcam-advice = 适合得到更平滑且区分类别的图；第二个物体可能缺失，且正负号只是约定。
method-eigengradcam-cost = 即时
method-eigengradcam_centred-title = 中心化 EigenGrad-CAM
method-eigengradcam_centred-summary = 去掉所有位置共有部分的 EigenGrad-CAM。
method-eigengradcam_centred-advice = 适合均匀背景前的物体；正负号只是约定，取错时显示的是背景。
method-eigengradcam_centred-cost = 即时
method-scorecam-title = Score-CAM
method-scorecam-summary = 用每个通道遮挡图像，以此时该类别的概率作为通道的权重。
method-scorecam-advice = 适合不用梯度的图；权重都不为负且大多相近，因此不同类别的图可能看起来一样。
method-scorecam-cost = 每个通道一次模型的前向传播
method-sscam-title = SS-CAM
method-sscam-summary = 对多个加噪掩码求平均的 Score-CAM。
method-sscam-advice = 适合得到更平滑的 Score-CAM；激活值远小于噪声时，所有通道的权重都相近。
method-sscam-cost = 每个通道十次模型的前向传播
method-iscam-title = IS-CAM
method-iscam-summary = 掩码逐渐淡入的 Score-CAM。
method-iscam-advice = 适合一步到位的完整掩码过于突然的情形；多数步骤显示的是变暗的图像，与训练时的图像都不同。
method-iscam-cost = 每个通道十次模型的前向传播
method-ablationcam-title = Ablation-CAM
method-ablationcam-summary = 逐个关闭通道，以得分下降的幅度作为权重。
method-ablationcam-advice = 适合梯度饱和的情形；能相互替代的通道各自看起来都没有用。
method-ablationcam-cost = 每个通道一次目标层之后的前向传播；在线性分类头之前则不需要
method-rise-title = RISE
method-rise-summary = 随机掩码，以遮挡后该类别的概率加权。
method-rise-advice = 适合任何模型，不需要层和梯度；颗粒出于偶然，小物体会从掩码间漏掉。
method-rise-cost = 模型的 2,000 次前向传播
method-occlusion-title = 遮挡法
method-occlusion-summary = 用灰色方块在图像上滑动；得分下降的地方就是重要之处。
method-occlusion-advice = 最直接地检验得分需要什么；出现两次的证据会互相掩盖。
method-occlusion-cost = 约 170 次模型的前向传播
method-fullgrad-title = FullGrad
method-fullgrad-summary = 综合输入的梯度与所有层全部偏置的梯度。
method-fullgrad-advice = 适合取得来自所有层的精细细节；取绝对值会使反对证据看起来像支持证据。
method-fullgrad-cost = 一次前向传播和一次反向传播
method-attention_rollout-title = 注意力展开
method-attention_rollout-summary = 经过所有模块，分类头从哪里读取信息。
method-attention_rollout-advice = 适合查看哪些内容传到了分类头，而不是如何使用它们：对每个类别都相同，背景也包括在内。
method-attention_rollout-cost = 一次前向传播
method-legrad-title = LeGrad
method-legrad-summary = 得分随各注意力上升的程度，对所有模块求平均。
method-legrad-advice = 适合一次查看 Transformer 的所有模块；只计上升，因此反对证据缺失。
method-legrad-cost = 一次前向传播和一次反向传播
method-input_gradient-title = 输入梯度
method-input_gradient-summary = 得分对每个像素变化的反应。
method-input_gradient-advice = 适合查看得分对什么敏感；噪声较多，而且决定了类别的像素可能已没有梯度。
method-input_gradient-cost = 一次前向传播和一次反向传播
method-smoothgrad-title = SmoothGrad
method-smoothgrad-summary = 对图像的多个加噪副本的输入梯度求平均。
method-smoothgrad-advice = 适合得到颗粒比单个梯度更少的图；它显示的仍是敏感度，而噪声过大时已是另一张图像。
method-smoothgrad-cost = 24 次前向传播和反向传播
method-integrated_gradients-title = 积分梯度
method-integrated_gradients-summary = 从灰色图像到这张图像沿途的梯度，再乘以像素。
method-integrated_gradients-advice = 适合各部分之和必须等于得分的情形；看不到灰色部分，而且换一个起点就得到另一张图。
method-integrated_gradients-cost = 48 次前向传播和反向传播
method-guided_backprop-title = 引导反向传播
method-guided_backprop-summary = 让 ReLU 只回传正梯度的输入梯度。
method-guided_backprop-advice = 只适合得到清晰的轮廓：它相当于边缘检测，换类别或换成随机权重几乎没有变化。
method-guided_backprop-cost = 一次前向传播和一次反向传播
method-guided_gradcam-title = 引导 Grad-CAM
method-guided_gradcam-summary = Grad-CAM 为正之处的引导反向传播。
method-guided_gradcam-advice = 适合清晰地显示 Grad-CAM 的区域；其中的细节只是边缘，同样通不过合理性检验。
method-guided_gradcam-cost = 一次前向传播和一次反向传播
method-random-title = 随机权重
method-random-summary = 对通道随机加权。
method-random-advice = 用来比较的、不含证据的基线；看起来不比它好的方法什么也没有显示。
method-random-cost = 即时

## 方法的要求与代价

requirement-layer = 有特征图的层
requirement-gradients = 梯度
requirement-averages = 梯度
requirement-products = 梯度
requirement-input-gradients = 梯度
requirement-linear-head = 层后紧接全局平均池化和一个全连接层
requirement-few-places = 位置不超过 56 × 56 个
requirement-attention = 一系列模块，每个模块对全部词元做一次注意力
requirement-full-gradients = 任何地方都没有注意力、门控或层归一化
requirement-rectifiers = ReLU
requirement-none = 只需要模型
speed-instant = 利用已记录的前向传播，最多再做一次目标层之后的反向传播
speed-pass = 再做一次模型的前向传播
speed-passes = 做多次前向传播，逐步改进

## 步骤

step-scores = 得分
step-input = 输入
step-activations = 激活值
step-gradients = 梯度
step-weights = 权重
step-place_weights = 各位置的权重
step-weighted_sum = 加权和
step-turned = 反号
step-relu = ReLU
step-enlarge = 放大
step-scale = 缩放
step-overlay = 叠加到照片上
step-products = 乘积
step-smooth_gradients = 平滑后的梯度
step-positive_products = 正乘积
step-positive_gradients = 正梯度
step-positive_sum = 求和
step-sums = 激活值之和
step-alphas = 梯度的份额
step-curvature = 曲率
step-noisy_inputs = 加噪输入
step-noisy_activations = 加噪时的激活值
step-noisy_gradients = 加噪时的梯度
step-mean_gradients = 平均梯度
step-mean_squares = 平方的平均值
step-mean_cubes = 立方的平均值
step-centred = 中心化
step-direction = 主方向
step-variance_share = 方差占比
step-projection = 投影
step-kernel = 核矩阵
step-eigenvalue = 特征值
step-component = 主成分
step-thresholds = 阈值
step-above = 突出之处
step-chosen = 所示的通道
step-masks = 掩码
step-confidences = 概率
step-scores_without = 去掉后的得分
step-losses = 得分的损失
step-shown = 所示的掩码
step-mask_scores = 概率
step-mean_mask = 平均掩码
step-drops = 下降
step-covered = 每个像素的遮挡块数
step-mean_drop = 平均下降
step-input_gradients = 输入梯度
step-noisy_input_gradients = 加噪时的梯度
step-guided_gradients = 引导梯度
step-mean_gradient = 平均梯度
step-magnitude = 大小
step-path = 路径
step-path_gradients = 路径上的梯度
step-pixel_products = 乘积
step-pixel_sum = 求和
step-enlarged_map = 放大后的图
step-product = 乘积
step-shares = 得分的份额
step-layer_maps = 各层的图
step-total = 总和
step-attentions = 注意力
step-flow = 注意力流
step-reading = 读取之处
step-attention_rises = 得分随注意力的上升
step-token_rises = 各词元的上升
step-rises = 平均上升
step-maps = 各张图
step-seen = 可见之处
step-combined = 平均
step-fused = 融合

## 各步骤的内容

step-scores-holds = 各类别的 logit；公式说明解释的是其中哪些
step-input-holds = 输入网络的内容：缩放并归一化后的照片
step-activations-holds = 该层输出的数值
step-gradients-holds = 得分随每个激活值上升的快慢
step-weights-holds = 每个通道的分量
step-place_weights-holds = 每个通道在每个位置的分量
step-weighted_sum-holds = 对通道求和，保留正负号
step-turned-holds = 正负号取反的图：反对目标的证据
step-relu-holds = 支持目标的证据：负值被去掉
step-enlarge-holds = 热力图：双线性放大到输入的尺寸，再缩放到 [0, 1]
step-scale-holds = 热力图：缩放到 [0, 1]
step-overlay-holds = 图片，0 到 255，与照片同样大小
step-products-holds = 逐个位置的梯度乘以激活值
step-smooth_gradients-holds = 与邻近位置混合后的梯度
step-positive_products-holds = 去掉负值后的乘积
step-positive_gradients-holds = 去掉负值后的梯度
step-positive_sum-holds = 对通道的非负值求和
step-sums-holds = 每个通道的激活值之和
step-alphas-holds = 每个梯度计入多少
step-curvature-holds = 得分的黑塞矩阵乘以激活值
step-noisy_inputs-holds = 加上噪声的输入
step-noisy_activations-holds = 每个加噪输入的激活值
step-noisy_gradients-holds = 每个加噪输入的梯度
step-mean_gradients-holds = 对所有加噪输入求平均
step-mean_squares-holds = 梯度的平方，对所有加噪输入求平均
step-mean_cubes-holds = 梯度的立方，对所有加噪输入求平均
step-centred-holds = 每个通道减去它的平均值
step-direction-holds = 第一右奇异向量：最符合各位置的通道组合
step-variance_share-holds = 第一特征值占所有特征值之和的比例
step-projection-holds = 每个位置沿主方向的距离
step-kernel-holds = 每两个位置的相似程度，已中心化
step-eigenvalue-holds = 核矩阵的最大特征值
step-component-holds = 核矩阵的第一主成分
step-thresholds-holds = 通道平均值加两个标准差
step-above-holds = 通道高于其阈值处为 1
step-chosen-holds = 保留了掩码的通道：权重最大的那些
step-masks-holds = 图像保留下来的部分，0 到 1
step-confidences-holds = 每个通道的每个掩码下目标的概率
step-scores_without-holds = 将该通道置零后的得分
step-losses-holds = 去掉该通道后得分的损失
step-shown-holds = 保留下来的掩码的编号：最差的和最好的
step-mask_scores-holds = 每个掩码下目标的概率
step-mean_mask-holds = 以概率加权的掩码平均值
step-drops-holds = 每个遮挡块下得分的损失
step-covered-holds = 一个像素被多少个遮挡块覆盖
step-mean_drop-holds = 对覆盖一个像素的遮挡块求平均
step-input_gradients-holds = 得分随每个像素、每种颜色上升的快慢
step-noisy_input_gradients-holds = 每个加噪输入的梯度
step-guided_gradients-holds = 各 ReLU 只让正梯度通过
step-mean_gradient-holds = 对所有尝试过的输入求平均
step-magnitude-holds = 把各颜色合成一个不带正负号的数
step-path-holds = 每一点上输入显现了多少，0 到 1
step-path_gradients-holds = 路径上每一点的梯度
step-pixel_products-holds = 输入乘以平均梯度
step-pixel_sum-holds = 对颜色求和，保留正负号
step-enlarged_map-holds = Grad-CAM 的图，放大到输入的尺寸
step-product-holds = 两张图逐个位置的乘积
step-shares-holds = 输入和每个偏置对得分的贡献
step-layer_maps-holds = 输入和每个偏置的梯度，已缩放
step-total-holds = 对各层求和
step-attentions-holds = 对各个头求平均
step-flow-holds = 穿过所有模块：每个词元从何而来
step-reading-holds = 头部从哪里读取
step-attention_rises-holds = 得分随每个注意力上升的快慢，对各个头求平均
step-token_rises-holds = 对各个查询求平均
step-rises-holds = 网格上的词元对各个模块求平均
step-maps-holds = 被组合的各张图，与输入同样大小
step-seen-holds = 放置后的图像显示该像素处为 1
step-combined-holds = 对显示该像素的各张图求平均，保留正负号
step-fused-holds = 融合成一张图

## 步骤的各个轴

axis-class = 类别
axis-channel = 通道
axis-row = 行
axis-column = 列
axis-y = 纵向
axis-x = 横向
axis-colour = 颜色
axis-sample = 样本
axis-mask = 掩码
axis-repeat = 次数
axis-number = 编号
axis-patch-row = 块的行
axis-patch-column = 块的列
axis-place = 位置
axis-point = 点
axis-layer = 层
axis-block = 模块
axis-token = 词元
axis-map = 图

## 公式中的词语

formula-axes = `k` 为通道，`ij` 为位置
formula-enlarged-positive = 放大后的 `L⁺`
formula-enlarged = 放大后的 `L`
formula-on-photo = `v` 为照片上的热力图
formula-photo = 照片
formula-colour = 颜色(`v`)
formula-linear-head = `W` 为线性分类头的权重
formula-zero-gradient = `g = 0` 处为 0
formula-zero-sum = `S_k = 0` 处为 0
formula-smoothing = `G` 为高斯核，标准差为 { $n }
formula-noise = `ε` 服从正态分布，标准差为 { $n }
formula-noisy = 每个加噪输入 `s` 的 `A_s`
formula-hessian = `H` 为黑塞矩阵，`g` 是同一函数的梯度
formula-singular = `X (n, C)` 的第一右奇异向量
formula-of-activations = `X` = 激活值
formula-of-centred = `X` = 中心化后的值
formula-of-products = `X` = 乘积
formula-m-activations = `M` 为激活值
formula-m-products = `M` 为乘积
formula-less-means = 再减去各行各列的平均值
formula-eigenvalue = `K` 的最大特征值
formula-rising = 方向随通道的平均值上升
formula-over-places = 对 `A_k` 的各个位置计算
formula-above = `A_k,ij > t_k` 处为 1，其余为 0
formula-nothing = 0：没有支持目标的证据，或各处都相同
formula-constant = `w_k = 0`：每个通道各处都相同
formula-chosen = { $n } 个最大的 `w_k` 的 `k`，最后才知道
formula-mask = 放大并缩放到 [0, 1] 的 `A_k`
formula-noisy-mask = 放大后的 `A_k` 加上标准差为 { $n } 的正态噪声，再缩放到 [0, 1]
formula-confidence-of-channel = `x · M_k,i` 时目标的概率
formula-confidence = `x · M_i` 时目标的概率
formula-without = 将 `A_k` 置零后的 `y`
formula-affine = 因为头部是仿射的
formula-shown = { $n } 个最小和最大的 `p_i` 的 `i`（共 { $all } 个），最后才知道
formula-by-chance = 随机的 `M_i`，图像的 { $n } 可见
formula-all-masks = 对全部 `N` = { $n } 个掩码
formula-patched = 在 { $stride } `(r, c)` 处去掉 { $n } × { $n } 个像素的 `x`
formula-patches = `n` = 覆盖一个像素的遮挡块数，块边长 { $n } 像素，间隔 { $stride } 像素
formula-mean-drop = 对覆盖一个像素的遮挡块的 `Σ d_rc`
formula-shares = 先是 `Σ x · ∂y/∂x`，然后是每个偏置的 `Σ b · ∂y/∂z`；它们之和为 `y`
formula-layer-maps = 然后是每个有位置的偏置的 `|b · ∂y/∂z|`，缩放到 [0, 1]，求和并放大
formula-heads = 模块 `l` 各个头的平均值
formula-flow = 最后一个模块在前
formula-first-row = `R` 的第一行（分类词元），取网格上的词元
formula-mean-row = `R` 中网格各行的平均值，取网格上的词元
formula-rises = `max(∂y_l/∂a_l, 0)` 对各个头的平均值，`y_l` 为以模块 `l` 为最后一个模块时的得分
formula-queries = `r_l,qn` 对各个查询 `q` 的平均值
formula-blocks = `t_l` 对各个模块 `l` 的平均值，取网格上的词元
formula-max-colours = `|g|` 对颜色的最大值
formula-sum-colours = `|g|` 对颜色的和
formula-sum-products = `P` 对颜色的和
formula-inputs = 在每个这样的输入 `s` 处的 `∂y/∂x`
formula-faded = 在 `t_s x` 处的 `∂y/∂x`
formula-mean-colour = 0 是平均颜色
formula-guided = 每个 ReLU 只向后传回 `max(g, 0)`
formula-bilinear = 双线性放大到输入的尺寸
formula-random = `w_k` 在 −1 到 1 之间随机，每次相同
formula-placed = 放置后的图像的 `L_a`，移回原位
formula-visible = 放置后的图像显示该像素处为 1
formula-weights-of = `w_k` 来自
formula-heatmaps = 各自的热力图
formula-in-range = [0, 1] 内的 `M_l`
formula-candidate = （候选框 { $n }）
formula-places = （{ $all } 个位置中的 { $n } 个）

## 讲义

handout-title = { $model } 在哪里看到“{ $label }”
handout-title-blind = { $model } 在哪里有反应
handout-title-score = { $model } 的一个得分来自哪里
handout-photo = 照片
handout-overlay = 证据
handout-caption = { $method }，层 { $layer }
handout-empty = 这里没有支持目标的证据，或各处都相同：没有着色。
handout-top = 预测
handout-explained = 所解释的
handout-settings = 设置
handout-model = 模型
handout-layer = 层
handout-no-layer = 无
handout-method = 方法
handout-combination = 组合
handout-effort = 计算量
handout-target = 解释对象
handout-file = 照片
handout-seen = 所见部分
handout-look = 着色
handout-look-value = { $colormap }，不透明度 { $opacity }
handout-for = 支持目标
handout-against = 反对目标
handout-both = 橙色支持，蓝色反对
handout-input = 输入
handout-steps = 逐步计算
handout-key = 步骤图中白色为 0，橙色为正，蓝色为负，各按自身的最大值着色。
handout-untold = 这张图没有步骤可讲。
handout-shape = 形状
handout-range = { $low } 到 { $high }，平均 { $mean }
handout-largest = 最大值：{ $value }，第 { $row } 行，第 { $column } 列
handout-cut = { $all } 个位置中去掉 { $count } 个，合计 { $sum }
handout-channels = 通道 { $channels }
handout-other-channels = 以及另外 { $count } 个
handout-shown-first = 显示 { $all } 个中的 { $count } 个
handout-value = 数值
handout-place = 一个位置的求和：第 { $row } 行，第 { $column } 列
handout-channel = 通道
handout-weight = 权重
handout-activation = 激活值
handout-product = 乘积
handout-rest = 其余所有
handout-sum = 和
handout-raises = 随这些通道上升的得分
handout-size = { $name }，{ $width } × { $height } 像素
handout-again = 得到同一张图的代码
handout-own-network = 你自己的网络，与包装时相同
handout-own-score = 你自己定义的得分函数
handout-own-method = 这种方法不在本软件的方法表中，因此没有能再次得到此图的代码。
handout-fused-by-hand = 手工融合的图由融合它的代码再次得到。
handout-code = 计算的代码
handout-source = 出处
handout-lines = { $file } 中的 { $function }，第 { $first } 到 { $last } 行
handout-limits = 热力图显示在某一层上，一个得分的证据在哪里；它不能证明模型为什么这样判断。

## 组合

combination-smooth-title = 翻转与缩放
combination-smooth-summary = 对镜像和放大的图像求得的六张图取平均：随网格移动的部分会消失。
combination-smooth-cost = 模型的六次前向传播
combination-eigen-title = 主要模式
combination-eigen-summary = 用加权通道的主要模式代替它们的和：噪声更少，细节也更少。
combination-eigen-cost = 即时
combination-layers_mean-title = 所有层，平均值
combination-layers_mean-summary = 所有层的图取平均：一张图中既有精细的边缘，也有完整的物体。
combination-layers_mean-cost = 贯穿所有层的一次前向传播和一次反向传播
combination-layers_max-title = 所有层，最大值
combination-layers_max-summary = 任何一层显示的内容：没有遗漏，浅层的噪声也会保留。
combination-layers_max-cost = 贯穿所有层的一次前向传播和一次反向传播
combination-layers_product-title = 所有层，乘积
combination-layers_product-summary = 所有层都显示的内容：清晰，但只要有一层在某处没有显示，该处就是空的。
combination-layers_product-cost = 贯穿所有层的一次前向传播和一次反向传播

## 计算量

effort-exact-title = 精确
effort-quarter-title = 四分之一的步数
effort-bfloat16-title = 用 bfloat16
effort-draft-title = 十分之一的步数，用 bfloat16
effort-measured-on = EfficientNet-Lite0，5 张照片，PyTorch 2.13.0+cpu

## 模型

note-comes-with-the-installation-the-default = 随安装提供；默认模型
note-comes-with-the-installation = 随安装提供
note-torchvision-s-first-weights-behind-the-maps-that-papers-show = torchvision 的第一版权重，论文中的图即由此得到
note-a-modern-training-recipe = 采用现代训练方案
note-channel-attention-in-each-block = 每个模块都有通道注意力
note-as-aligned-in-deeplab-v3 = DeepLab v3+ 中的对齐版本
note-the-backbone-of-yolo-v3 = YOLO v3 的骨干网络
note-three-branches-as-trained = 三个分支，与训练时相同
note-weights-for-non-commercial-use-cc-by-nc-4-0 = 权重仅限非商业用途（CC BY-NC 4.0）
note-no-class-token-averages-the-patches = 没有分类词元，对图像块求平均
note-two-heads = 两个头部
note-weights-under-apple-s-own-licence = 权重采用 Apple 自己的许可证

## 网络返回的内容

scores-softmax = 互斥类别的 logit
scores-sigmoid = 独立标签的 logit
scores-given = 概率，按原样显示和解释

## 配色

colormap-inferno = inferno
colormap-viridis = viridis
colormap-magma = magma
colormap-plasma = plasma
colormap-cividis = cividis
colormap-turbo = turbo
colormap-jet = jet
colormap-grey = 灰度

## 适配方式

fit-crop = 模型自身的缩放和中心裁剪。
fit-squeeze = 整张图像，缩放到模型的输入尺寸。
fit-pad = 整张图像，保持原有形状并留出边距。

## 示例

example-cat_and_coffee = 一只猫与一杯咖啡（由两张照片合成）
example-cat = 小猫切尔西
example-coffee = 一杯咖啡
example-photographer = 带三脚架的摄影师
example-grace_hopper = 计算机科学家格蕾丝·霍珀准将
example-two_people = 宇航员与准将（由两张照片合成）
example-photographer_and_astronaut = 摄影师与宇航员（由两张照片合成）
example-cup_without_mark = 没有水印的杯子（合成）
example-cup_with_mark = 带水印的同一个杯子（合成）
example-cat_in_snow = 雪地上的猫（合成）
example-cat_in_grass = 草地上的同一只猫（合成）
example-cat_with_sticker = 贴着杯子图片的猫（合成）

# 任务：检测与分割
error-area-empty = 网络看不到所选的部分：请在照片之内选择一个点或一个蒙版。
error-area-runs = 区域的游程共覆盖 { $found } 个位置，而其网格有 { $width } × { $height } 个。
error-box-contrast-alone = 框的对比需要另一个框，或同一个框的另一个类别：`BoxContrast(found[0], found[1])`。
error-box-label = 网络找到了类别 { $label } 的一个框，而标签有 { $count } 个。请为它可能返回的每个编号给出标签：`wrap_model(net, labels=[...])`。
error-boxes-relative = 网络返回了 { $returned }：框与 logit 并列，如 `DETR`。请说明它们如何成为以像素计的框，例如输入为 `800 x 800` 时：`wrap_model(net, scores="softmax", output=lambda out: Boxes.relative(out.pred_boxes, out.logits, (800, 800)))`。
error-finding-elsewhere = 位于 { $box } 的 { $label } 不是在这次前向计算中找到的。请使用这个 `trace` 的结果：`trace.top()[0]`。
error-finding-missing = 这张照片中没有第 { $number } 个结果：共找到 { $count } 个，现显示最可信的一个。
error-finding-no-number = `target` 不是整数：{ $found }。1 表示第一个结果，-1 表示最可信的一个。
error-found-anything = 任何东西
error-found-of-class = { $label }
error-kind-task = 任务
error-mask-size = 蒙版的大小应与照片相同，即 { $height } × { $width }，而这一个是 { $found }。
error-nothing-found = 网络在这张图像中没有找到{ $what }，因此没有可解释的框。`trace.top()` 会列出它找到的内容。
error-output-no-boxes = 检测器的输出是 `Boxes(boxes (N, 4), logits (N, K))`，框以输入的像素计，而这里是 { $returned }。请说明它如何成为那样：`wrap_model(net, output=lambda out: Boxes(out["boxes"], out["logits"]))`。
error-output-no-places = 对每个位置作答的网络返回形状为`(batch, classes, h, w)`的 logit，而这个网络返回了 { $returned }。请说明它们在哪里：`wrap_model(net, output=lambda out: out["masks"])`。
error-region-elsewhere = 该区域有 { $found } 个位置，而这次前向计算有 { $expected } 个：请使用这个 `trace` 的区域，`trace.top()[0]`。
error-target-of-classes = 这个目标比较整张图像的各个类别，而该网络对图像的各部分作答。请改用它的一个结果：{ $instead }。
error-target-of-parts = 这个目标属于一个框或一个区域，而该网络给出整张图像的类别。请使用其中之一：`trace.top()[0]`。
error-weights-own-file = { $title } 的权重随本软件包提供，而 { $file } 缺失或已损坏：请重新安装。
error-kind-finding = 结果
