# The words of the page. Ids: page-... for what views say, by room of the page; the rest is from the code, see below.

## Numbers and lists

page-percent = { $number } %
page-percent-below = < { $number } %
page-percent-above = >{ "\u202F" }{ $number } %
page-rough-below = { $place ->
    [within] less than 1 %
   *[first] Less than 1 %
}
page-rough-above = { $place ->
    [within] more than 99 %
   *[first] More than 99 %
}
page-milliseconds = { $number } ms
page-seconds = { $number } s
page-minutes = { $number } min
page-comma = ,{ " " }
page-semicolon = ;{ " " }

## The header and the tabs

page-title = CAM Explorer
page-tab-explore = Explore
page-tab-live = Live
page-copy-link = Copy link
page-light = Light
page-dark = Dark
page-copy-by-hand = Copy the address from the address bar.
page-copied-own = Copied. Your own photo is not part of the link.
page-copied = Copied.
page-restarting = The server is being restarted. The page comes back by itself.
page-away = The server cannot be reached. The page comes back by itself.
page-skip = Skip to the predictions
page-tabs-more = More tabs
page-footer = Footer
page-footer-api = Use via API
page-footer-record = Stop recording

## Gradio's panel about the API

page-panel-documentation = documentation
page-panel-recorder = API Recorder
page-panel-endpoint = API endpoint
page-panel-ways = Choose one of the following ways to interact with the API.
page-panel-copy = Copy page
page-panel-install = 1. Install the
page-panel-client = client (
page-panel-documents = docs
page-panel-installed = ) if you don’t already have it installed.
page-panel-find = 2. Find the API endpoint below, copy the lines, and put your own values into them.
page-panel-or-use = Or use the
page-panel-generate = to have the requests written for you.
page-panel-name = API name:
page-panel-required = Required
page-panel-usual = Default:
page-panel-returns = Returns
page-panel-about = The overlay of an image and what the model saw. Fits: { $fits }. Combinations: { $combinations }. Efforts: { $efforts }. Target: the number of a finding.
page-panel-accepts = Accepts { $count } parameters
page-panel-tuple = tuple of { $count } elements
page-panel-input = The value of “{ $name }”.
page-panel-output = The value of “{ $name }”.

## The photo

page-image = Image
page-drop = Drop, paste or pick a photo
page-opening = Opening the photo …
page-take-a-photo = Take a photo
page-take = Take photo
page-cancel = Cancel
page-examples = Examples
page-example = Example: { $title }
page-own-photo = Your photo
page-drop-anywhere = Drop the photo anywhere
page-kept = Photos you send are deleted from the server after { $minutes } minutes.
page-too-large = This file has { $size } MB; at most { $most } MB can be sent. Make it smaller first.
page-empty-file = This file is empty. Choose another one.
page-not-sent = The file could not be sent. Check the connection and try again.
page-only-address = That brought only an address, no picture. Copy the picture itself and paste it, or save it first.

## The choices

page-choices = Choices
page-fold-choices = Model, layer and method
page-fold-more = More choices
page-model = Model
page-model-note = The network that looks at the photo.
page-here = On this machine
page-own-networks = Your own networks
page-hub = Another model
page-hub-label = A model of the list, or the id of one on the Hugging Face Hub
page-hub-look = Look up
page-hub-fetch = Use it
page-hub-group = Hugging Face Hub
page-hub-asking = Asking the Hugging Face Hub …
page-hub-busy = Others are asking, too. Try again.
page-hub-found = { $title }: { $here ->
    [true] on this machine.
   *[false] { $size } MB to fetch.
} { $licensed ->
    [true] Licence: { $licence }.
   *[false] Its publisher names no licence.
}
page-offline = offline
page-effort-unknown = Whether this is faster on this machine is being found out.
page-usual = default
page-layer = Layer
page-layer-note = Early layers see edges, the last one whole objects.
page-layer-of = Layer { $at } of { $count } · { $name }
page-last-layer = Last layer · { $name }
page-method = Method
page-method-more = More on this method
page-missing-methods = { $count ->
    [one] 1 method does not apply here
   *[other] { $count } methods do not apply here
}
page-costs = Cost: { $cost }.
page-speed-instant = instant
page-speed-pass = quick
page-speed-passes = takes a while
page-group-start = Start here
page-group-gradients = By gradients
page-group-slow = Slow, by trying
page-group-baselines = Baselines
page-plain-start = Shows at once which places of the photo count for the class. Good to start with.
page-plain-gradients = Finds the places where small changes would move the score most.
page-plain-slow = Hides or changes parts of the photo, or of what the model sees in it, and watches the score.
page-plain-baselines = Does not look at the class: good for comparing other methods with.
page-effort = Effort
page-effort-plain = Less work is faster and less exact.
page-effort-more = How close it comes
page-effort-close = Correlates { $median } with the exact map, { $lowest } at worst ({ $where }).
page-question = Question
page-question-why = Why this?
page-question-why-title = What speaks for the class
page-question-others = Why not others?
page-question-others-title = What speaks for the class more than for the classes nearest to it
page-question-note = All that speaks for the class, or only what sets it apart from similar ones.
page-combine = Combine
page-combine-plain = Puts several maps together into a steadier one.
page-combine-more = More on this combination
page-one-map = One map
page-fit = How the photo is fitted
page-fit-note = The model takes photos of one shape; this is how yours gets it.
page-fit-crop = Cut edges off
page-fit-squeeze = Squeeze to fit
page-fit-pad = Add borders
page-detail = Detail
page-detail-plain = A finer map takes more work.
page-detail-ahead = { $times }: { $grid } cells for { $cost } times the pixels
page-detail-now = { $words }. Now { $grid }.
page-detail-grid = { $fine } cells instead of { $coarse } at this layer.
page-detail-cost = Costs { $cost } times the pixels of 1{ "\u202F" }×.
page-detail-seen = The network sees a larger picture than it was trained on; the predictions are those of that pass.
page-detail-seen-size = The network sees a larger picture, { $input } pixels, than it was trained on; the predictions are those of that pass.

## The picture

page-evidence-for = Evidence for “{ $name }”
page-evidence-against = Evidence against “{ $name }”
page-evidence-both = For and against “{ $name }”
page-contrast-for = What tells “{ $name }” from its look-alikes
page-contrast-against = What speaks for the look-alikes of “{ $name }”
page-contrast-both = “{ $name }” and its look-alikes
page-others = Held against { $names }.
page-unsigned = { $method } shows how much matters, not whether it speaks for or against.
page-unfinished = { $heading } (unfinished, { $share })
page-blind-activity = Where the layer responds most
page-blind-activity-honest = The map shows where this layer is most active, whatever the class. It is no evidence for one class.
page-blind-random = Channels weighed by chance
page-blind-random-honest = The map comes from random weights: it shows no evidence. It is here to compare other maps with.
page-blind-attention = Where attention flows
page-blind-attention-honest = The map shows what the network’s attention passes on through all its blocks, whatever the class. It is no evidence for one class.
page-rank = rank { $rank } of { $count }
page-instant = instant
page-computing = computing…
page-working = Computing. Until it is done, the picture is the one before.
page-computing-share = Computing: { $share }
page-still = Still showing “{ $name }”
page-now = { $title }. { $facts }
page-no-picture = The picture and its evidence appear here.
page-no-evidence-for = { $at ->
    [true] No positive evidence for “{ $name }” at this layer. Nothing is painted.
   *[false] No positive evidence for “{ $name }”. Nothing is painted.
}
page-no-evidence-against = { $at ->
    [true] Nothing speaks against “{ $name }” at this layer. Nothing is painted.
   *[false] Nothing speaks against “{ $name }”. Nothing is painted.
}
page-no-evidence-both = { $at ->
    [true] Nothing speaks for or against “{ $name }” at this layer. Nothing is painted.
   *[false] Nothing speaks for or against “{ $name }”. Nothing is painted.
}
page-no-activity = Nothing in this map is positive. Nothing is painted.
page-no-answer = No answer yet. Choose the class again to ask once more.
page-explain = Evidence raises the model's score for the class: the brighter, the more.
page-help = Arrow keys move from cell to cell of the map and read its value; plus and minus zoom, 0 shows the whole picture, Escape ends the reading.
page-maximum = max = { $peak }{ $unit }
page-value = { $share } of maximum
page-cell = row { $row }, column { $column } of { $h } × { $w }
page-unseen = not seen by the model
page-honest = The map shows where, at this layer, the evidence for the score lies. It does not prove why.
page-honest-whole = The map shows which places of the picture the score depends on, through the whole network. It does not prove why.
page-same-for-all = { $method } does not look at the class: its map is the same for every class.
page-detail-at = detail { $times }
page-stop = Stop
page-stopping = Stopping…
page-resume = Continue
page-resume-hint = Goes on from here within two minutes; later it begins anew.
page-stopped-at = Stopped at { $share }
page-left = { $share }, about { $time } left
page-takes = At this layer it takes about { $time } on this machine.
page-takes-unknown = How long it takes on this machine is known once it has run at this layer.
page-option-takes = { $title } · about { $time }
page-reload = This page and its server are of different versions. Reload the page.
page-unreachable = The server cannot be reached. The picture is the last one; the page goes on when it is back.
page-taken-back = The server cannot be reached. Your last choice was taken back ({ $names }): the controls say what the picture shows. Choose again when the page is back.
page-left-out = Left out of this link, because it does not exist here: { $parts }.
page-link-part = { $part } “{ $value }”
page-part-photo = photo
page-part-model = model
page-part-layer = layer
page-part-method = method
page-part-combine = combination
page-part-effort = effort
page-part-fit = fit
page-part-example = example
page-part-class = class
page-part-detail = detail
page-part-contrast = question
page-part-evidence = evidence
page-part-colours = colours
page-part-opacity = opacity
page-part-hide = threshold
page-part-wipe = wipe
page-part-zoom = zoom

## The layers

page-layers = Layers, from edges to objects
page-full-from = from { $full } on · { $most }
page-full-colour = Full colour begins at { $share } of the maximum: 99.5 % of the places stay below.
page-strip = The positive values of { $method } alone.
page-strip-kept = Pale: the maps of the choice before. There are none of this one.
page-strip-stale = Pale: the maps of the choice before. New ones follow once the picture is finished.

## Brightness

page-scale = Same brightness for all classes
page-scale-own = Each class is stretched to full brightness by itself.
page-scale-weak = Very weak evidence: its maximum is { $share } of that of “{ $top }”. Here it is stretched to full brightness; with the same brightness for all it looks as weak as it is.
page-scale-common = Full brightness is the maximum of “{ $name }”; this class reaches { $share } of it.
page-scale-strongest = { $count ->
    [one] This is the strongest class.
   *[other] This is the strongest of { $count } classes: full brightness is its maximum.
}
page-scale-blind = This map is the same for every class.
page-scale-alone = There is one map so far: choose another class to compare with.
page-strip-common = Each layer by the maximum of the most likely class there.
page-bare = { $least } = bare photo
page-common-maximum = { $peak }{ $unit }, “{ $name }”
page-very-weak = Very weak evidence: at most { $share } of the maximum for “{ $top }”.
page-part-scale = brightness
page-part-card = card

## The lesson's cards

page-cards = Lesson cards
page-cards-about = Each opens a prepared state and takes about ten minutes. It replaces what you have set.
page-cards-close = Close
page-cards-hint = Hint
page-cards-solution = Solution
page-cards-ask = To talk about
page-cards-before = Previous card
page-cards-again = Start again
page-cards-after = Next card
page-cards-all = All cards
page-cards-models = For the lesson

## How the picture is looked at

page-opacity = Opacity
page-opacity-at = Opacity { $value }
page-colours = Colours
page-evidence = Evidence
page-for = For
page-against = Against
page-both = Both
page-wipe = Wipe
page-wipe-label = Wipe between plain photo and map
page-wipe-at = { $share } plain photo
page-zoom = Zoom
page-zoom-out = Zoom out
page-zoom-in = Zoom in
page-zoom-reset = Show the whole picture
page-wheel-hint = Ctrl + wheel zooms. Or click the picture first.
page-picture-group = Picture
page-full-screen = Full screen
page-leave-full-screen = Leave full screen
page-save = Save PNG
page-saved-short = Saved
page-saved = Saved as { $name }.
page-saved-smaller = Saved as { $name }, with { $size } of the photo’s { $full } pixels.
page-python-short = Python
page-python = Copy the lines of Python that make this map
page-copied-python = The lines of Python that make this map are copied.
page-not-copied = Not copied
page-not-saved = The browser did not let the picture be saved.
page-fold-look = Contours and weak evidence
page-hide-off = Hide weak evidence: off
page-hide-below = Hide weak evidence: below { $least }
page-contours = Contours
page-contours-at = Contours at
page-contours-half = half
page-contours-quarters = quarters
page-contours-tenths = tenths

## The predictions

page-predictions = Top predictions
page-task-detection = Objects (boxes)
page-task-segmentation = Regions
page-finding-title = What was found
page-finding-box = { $name } { $score }, box { $number }
page-finding-own = { $name }, your area
page-finding-region = { $name } · { $share }
page-finding-area-name = Your area
page-finding-explain = Evidence raises the model's score for this one finding: the brighter, the more.
page-finding-follow = The picture follows the most confident finding. Click a row or a box to follow that thing from frame to frame.
page-finding-followed = Followed from frame to frame: { $name }.
page-finding-lost = { $name } is not in this frame: the most confident finding is shown until it is back.
page-finding-unpin = Follow the most confident finding
page-finding-scale = Same brightness for all findings
page-finding-scale-own = Each finding is stretched to full brightness by itself.
page-finding-scale-alone = There is one map so far: choose another finding to compare with.
page-finding-scale-common = Full brightness is the maximum of “{ $name }”, the strongest finding.
page-finding-none = Nothing was found with a score of { $least } or more.
page-finding-hidden = { $count ->
    [one] { $count } more is below the threshold.
   *[other] { $count } more are below the threshold.
  }
page-finding-threshold = Threshold { $least }
page-finding-switch = Draw on the photo
page-finding-switch-title = Key b
page-finding-place = Behind a name stands its share of the photo, on the right its mean score. Click into the photo to ask about a single place.
page-finding-area = Draw an area
page-finding-paint = Paint an area
page-finding-area-keys = Arrow keys move the place that is asked about, with Shift they span an area. Enter asks, Escape ends.
page-finding-area-long = This area is too intricate to ask about. Paint fewer turns.
page-finding-no-question = Look-alikes are compared by classes of the whole photo, and this network finds things in it.
page-part-target = finding
page-part-area = area
page-part-threshold = threshold of findings
page-part-boxes = marks
page-slide = Slide through all classes
page-slide-value = { $name }, { $share }, { $rank }
page-most-likely = most likely
page-more = { $count } more: slide or search
page-find = Find a class
page-find-such-as = dog, cup, tench …
page-classes = Classes
page-found = { $count ->
    [one] 1 class
   *[other] { $count } classes
}
page-found-first = First { $most } of { $count } classes
page-not-found = No class is called “{ $query }”.
page-unnamed = class { $index }

## What the map says

page-glance = At a glance
page-picture = { $name }. { $words }
page-place-top-left = at the top left
page-place-top-centre = at the top, in the middle
page-place-top-right = at the top right
page-place-middle-left = at the left, half-way up
page-place-middle-centre = in the centre
page-place-middle-right = at the right, half-way up
page-place-bottom-left = at the bottom left
page-place-bottom-centre = at the bottom, in the middle
page-place-bottom-right = at the bottom right
page-strongest = Strongest { $place }.
page-strongest-for = Speaks for it most { $place } (orange).
page-strongest-against = Speaks against it most { $place } (blue).
page-nothing-for = Nothing speaks for it.
page-nothing-against = Nothing speaks against it.
page-balance = { $share } of the raw sum speaks against it.
page-above-half = { $share } of the picture is above half of the maximum.
page-cut-for = { $share } of the raw sum spoke against it, not shown.
page-cut-against = { $share } of the raw sum speaks for it and is not shown.
page-nothing-cut-for = Nothing in the raw map speaks against it.
page-nothing-cut-against = Nothing in the raw map speaks for it.
page-floor = Even the weakest place reaches { $share } of the maximum; the colours start there.
page-nothing = { $at ->
    [true] The map is empty: nothing positive remains at this layer.
   *[false] The map is empty: nothing positive remains.
}
page-flat = The map has the same value everywhere: it points at no place.
page-approximate = An approximation: such maps correlate { $median } with exact ones, { $lowest } at worst.
page-finer = At { $times } the network saw a larger picture, { $input } pixels, than it was trained on; the predictions are those of that pass.
page-seen = The model saw { $share } of the picture; the rest is dimmed.

## The camera

page-camera = Camera
page-camera-video = The camera, live
page-camera-start = Start camera
page-camera-stop = Stop camera
page-camera-freeze = Freeze and explore
page-camera-which = Which camera
page-camera-mirror = Mirror
page-camera-title = Evidence, frame by frame
page-camera-no-picture = No picture yet
page-camera-empty = What the model looks at appears here, on the very frame that it saw.
page-camera-unpin = Follow the top class
page-camera-insecure = The browser gives the camera only to pages that come by https or from this machine (localhost).
page-camera-not-allowed = The camera was not allowed. Allow it in the browser's site settings, then start it again.
page-camera-not-found = No camera was found. Connect one, then start it again.
page-camera-not-readable = The camera cannot be read. Close other programs that use it, then start it again.
page-camera-other = The camera could not be opened. Check it in the browser's settings, then start it again.
page-camera-asking = Allow the camera in the browser.
page-camera-waiting = Waiting for the first answer …
page-camera-lost = The camera was disconnected.
page-camera-stopped = The camera is off.
page-camera-idle = Frames go to this page's server, are explained there and not kept.
page-camera-retry = No answer from the server. Trying again …
page-camera-silent = The server does not answer. Check the connection, then start the camera again.
page-camera-follow = The picture follows the top class. Click a prediction to pin it.
page-camera-pin = Pinned: { $label }.
page-camera-honest = { $method } at { $layer }. Full colour is the strongest evidence of the last seconds, so that the colours keep steady from frame to frame. The map does not prove why.
page-camera-number = Camera { $number }
page-camera-rate = { $rate } frames/s
page-camera-delay = { $time } delay

## How it works

page-tab-lesson = How it works
page-lesson-title = How { $method } finds the evidence for “{ $name }”
page-lesson-title-blind = How { $method } makes its map
page-lesson-change = Change image, class, layer or method
page-lesson-steps = The steps
page-lesson-step-at = Step { $at } of { $count }: { $title }
page-lesson-waiting = Computing the steps …
page-lesson-empty = How it works
page-lesson-tell = Compute the steps
page-lesson-slow = The steps of { $method } take about as long as its map did.
page-lesson-unfinished = This map is not finished, so its steps are not either. Let it finish in Explore.
page-lesson-veiled = The map is hidden while people guess where it lies, and so are its steps. Reveal it in Explore.
page-lesson-approximate = A map by less work has no steps to tell: where it stops depends on the time it takes. Choose the full effort in Explore.
page-lesson-code = The code that runs
page-lesson-try = Try
page-lesson-ask = Ask
page-lesson-keys = ← → step · arrow keys in the grid: cell
page-lesson-cell = Row { $row }, column { $column }, added up
page-lesson-cell-value = Row { $row }, column { $column }: { $value }
page-lesson-channel = Channel
page-lesson-channel-at = Channel { $channel }
page-lesson-number = No. { $number }
page-lesson-run = Run { $number }
page-lesson-means = Each number is the mean of { $count } runs. Those of “{ $name }” stand one by one below.
page-lesson-weight = Weight
page-lesson-gradient = Gradient
page-lesson-activation = Activation
page-lesson-product = Product
page-lesson-others = The other { $count } channels
page-lesson-sum = Value of this cell
page-lesson-rounded = The row of the other channels is rounded so that the rows add up as printed.
page-lesson-unit = In units of { $unit }
page-lesson-raises = It raises most: { $names }.
page-lesson-raises-none = Which classes it raises is told for the channels that matter most.
page-lesson-raises-not = Which classes a channel raises is not told for a box or a region: each place has scores of its own.
page-lesson-again = Computed again in your browser from these numbers: the largest difference to the map on show is { $most }; its largest value is { $peak }.
page-lesson-again-some = Computed again in your browser from the { $channels } of { $all } channels that were sent: the largest difference to the map on show is { $most }; its largest value is { $peak }.
page-lesson-same = The last map of these steps and the map on show differ by { $most } at most; its largest value is { $peak }.
page-lesson-same-coarse = At { $grid }, as it was sent, the last map of these steps and the map on show differ by { $most } at most; its largest value is { $peak }.
page-lesson-shape = Shape { $shape }.
page-lesson-range = From { $low } to { $high }.
page-lesson-not-sent = Too many numbers to be sent: only what follows from them is shown.
page-lesson-kept = { $kept } of { $count } are here.
page-lesson-even = Each is the same at all places.
page-lesson-coarser = Shown as { $grid }: each number is the mean of those that it covers.
page-lesson-rough = Sent in 65,535 steps of each row's largest value.
page-lesson-multiplied = Multiplied in your browser.
page-lesson-maps-of = { $count } maps of { $grid }
page-lesson-cut = { $places ->
    [0] nothing cut
   *[other] { $share } cut
}
page-lesson-red = Red
page-lesson-green = Green
page-lesson-blue = Blue
page-lesson-plain-scores = The network gives every class a score. What follows explains one of them: { $score } for “{ $name }”.
page-lesson-plain-scores-box = The network gives every candidate for a box a score for each class. What follows explains one: { $score } for “{ $name }”.
page-lesson-plain-scores-region = The network gives every place of the photo a score for each class. Those of “{ $name }” are added up over its places: { $score } is explained.
page-lesson-plain-activations = At this layer the photo has become { $count } small maps of { $grid }. Each shows how strongly its channel responds at each place.
page-lesson-plain-gradients = For each number of each map: how much the score of “{ $name }” would rise if it rose by one.
page-lesson-plain-weights = The mean of a map's gradients says what the channel counts: { $negative } of { $count } speak against “{ $name }”.
page-lesson-plain-products = Each activation is multiplied by the gradient at its place. Orange raises the score of “{ $name }”, blue lowers it.
page-lesson-plain-weighted_sum = { $from ->
    [products] The products of all channels are added up at each place.
   *[weights] Each map is multiplied by its weight, and all are added up.
} { $signs ->
    [positive] The brighter a place, the more it raises the score of “{ $name }”; none lowers it.
   *[both] Orange places raise the score of “{ $name }”, blue ones lower it.
}
page-lesson-plain-relu = { $places ->
    [0] What speaks against would be set to zero: here nothing does, so the map stays as it is.
   *[other] What speaks against is set to zero: { $places } of { $all } places, { $share } of all that was there.
}
page-lesson-plain-relu-blind = { $places ->
    [0] Negative values would be set to zero: here there are none, so the map stays as it is.
   *[other] Negative values are set to zero: { $places } of { $all } places, { $share } of all that was there.
}
page-lesson-plain-enlarge = The map of { $grid } is stretched to the { $input } pixels that the network saw, and scaled from 0 to 1. What is smooth here was not found, it is filled in.
page-lesson-plain-scale = The map is scaled from 0 to 1, so that it can be painted.
page-lesson-plain-overlay = Painted over the photo of { $photo } pixels: strong where the map is high, and not at all where it is zero.
page-lesson-plain-variance_share = { $percent } of all these numbers, squared and added up, lies in this one pattern. The map leaves out the rest.
page-lesson-plain-input = What the network is given: the photo at { $input } pixels, its colours scaled.
page-lesson-plain-weights-other = What each channel counts in the sum that follows: { $negative ->
    [0] no weight is negative.
   *[other] { $negative } of { $count } weights are negative.
}
page-lesson-plain-place_weights = What each channel counts at each place: no mean is taken over the map.
page-lesson-plain-weighted_sum-other = Each map is multiplied by its weight, and all are added up.
page-lesson-plain-turned = The map with its sign turned: what speaks against “{ $name }” is positive now.
page-lesson-plain-smooth_gradients = Each gradient is mixed with those of the places nearby, so the map gets rounder.
page-lesson-plain-positive_products = Products below zero are set to zero: what lowers the score at a place is not subtracted.
page-lesson-plain-positive_gradients = Gradients below zero are set to zero: only what raises the score counts.
page-lesson-plain-positive_sum = What is left of all channels is added up, place by place. Nothing in it is negative.
page-lesson-plain-sums = The activations of each channel, added up over all places.
page-lesson-plain-alphas = How much of each gradient counts. A channel that is active all over the photo counts less at each place, so that a small object is not lost beside a large one.
page-lesson-plain-curvature = How the gradients themselves change as the activations grow: what channels do together.
page-lesson-plain-noisy_inputs = The network looks at { $count } copies of the input, each with other noise on it.
page-lesson-plain-noisy_activations = What the layer hands on for each of the { $count } noisy copies.
page-lesson-plain-noisy_gradients = How the score rises with each activation, for each of the { $count } noisy copies.
page-lesson-plain-mean_gradients = The gradients of all noisy copies, averaged.
page-lesson-plain-mean_squares = The squares of these gradients, averaged over the noisy copies.
page-lesson-plain-mean_cubes = The cubes of these gradients, averaged over the noisy copies.
page-lesson-plain-centred = From each map its mean is taken away, so what all places share no longer counts.
page-lesson-plain-direction = One pattern of channels fits all places best. This is how much each channel has of it.
page-lesson-plain-projection = How much of that pattern there is at each place.
page-lesson-plain-kernel = A table of how alike each two of the { $count } places are, less what all of them share.
page-lesson-plain-eigenvalue = How much of that table its main component makes up: the larger, the more.
page-lesson-plain-component = The main component of the table: places that are alike get similar values.
page-lesson-plain-thresholds = For each channel its mean plus two standard deviations: few places lie above.
page-lesson-plain-above = 1 where a channel is above its threshold, 0 elsewhere.
page-lesson-plain-chosen = The channels with the largest weights. Their masks are shown next; those of all others count as well.
page-lesson-plain-masks = What each mask leaves of the photo: 1 lets a pixel through, 0 hides it.
page-lesson-plain-confidences = The photo is seen through the mask of one channel after another: how sure the network is of “{ $name }” then.
page-lesson-plain-scores_without = The score of “{ $name }” with one channel set to zero, for one channel after another.
page-lesson-plain-losses = What the score loses without the channel. Where that is negative, the score rises without it.
page-lesson-plain-shown = Of all masks, those behind which the network was least sure, and those behind which it was surest. All others count as well.
page-lesson-plain-mask_scores = How sure the network is of “{ $name }” behind each of the { $count } masks.
page-lesson-plain-mean_mask = All masks are averaged, each by how sure the network was behind it: what the network needs to see gets bright.
page-lesson-plain-drops = A grey patch is laid on one place after another: how much the score falls. Where that is negative, the score rises.
page-lesson-plain-covered = How many patches cover each pixel: the mean that follows divides by it.
page-lesson-plain-mean_drop = At each pixel, how much the score falls, averaged over the patches that cover it.
page-lesson-plain-input_gradients = How the score of “{ $name }” rises with the red, the green and the blue of each pixel.
page-lesson-plain-noisy_input_gradients = How the score rises with each pixel and colour, for each of the { $count } noisy copies.
page-lesson-plain-guided_gradients = How the score rises with each pixel and colour, if every ReLU lets only positive gradients through on the way back.
page-lesson-plain-mean_gradient = The gradients of all these inputs, averaged.
page-lesson-plain-magnitude = One number for each pixel instead of three, without a sign: how much it matters, not what for.
page-lesson-plain-path = The photo fades in from grey at { $count } points: 0 is nothing of it, 1 all of it.
page-lesson-plain-path_gradients = How the score rises with each pixel and colour, at each of the { $count } points.
page-lesson-plain-pixel_products = Each pixel times its mean gradient: what it has added to the score while it faded in.
page-lesson-plain-pixel_sum = The three colours of each pixel are added up.
page-lesson-plain-enlarged_map = Grad-CAM's map, stretched to the { $input } pixels that the network saw.
page-lesson-plain-product = Both maps are multiplied: only what is high in both stays.
page-lesson-plain-shares = The score taken apart: what the input and each bias of the network add to it. Together they are the score.
page-lesson-plain-layer_maps = For the input and for each bias, how much it matters at each place, without a sign.
page-lesson-plain-total = All these maps are added up.
page-lesson-plain-attentions = For each block, how much each token (a row) reads from each other (a column), as the mean over its heads.
page-lesson-plain-flow = All blocks together: how much of what a token holds in the end (a row) comes from each token of the beginning (a column).
page-lesson-plain-reading = What the head reads, laid out on the grid of { $grid }: from where in the photo it comes.
page-lesson-plain-attention_rises = For each block, how the score of “{ $name }” rises with each attention. What would lower it is set to zero.
page-lesson-plain-token_rises = For each block (a row) and each token (a column), the mean over all tokens that read it.
page-lesson-plain-rises = The mean over all blocks, laid out on the grid of { $grid }.
page-lesson-plain-maps = The maps that are combined, each at the { $input } pixels that the network saw.
page-lesson-plain-seen = 1 where the placed image shows a pixel, 0 where it does not.
page-lesson-plain-combined = At each pixel, the mean of the maps that show it.
page-lesson-plain-fused = All maps become one.
page-lesson-try-scores = Go to Explore, choose the class in second place, and come back: which steps change, and which stay?
page-lesson-try-scores-box = Go to Explore, choose another box, and come back: which steps change, and which stay?
page-lesson-try-scores-region = Go to Explore, click into another place of the photo, and come back: which steps change, and which stay?
page-lesson-ask-scores = The highest score need not be the right answer. What would you need to know to trust it?
page-lesson-ask-scores-box = The network scores many candidates, and few become boxes. Why did this one?
page-lesson-ask-scores-region = What does adding up do to a large region, and to a small one?
page-lesson-try-activations = Press channel { $channel }: where in the photo does it respond, and which classes does it raise most?
page-lesson-try-activations-box = Press channel { $channel }: where in the photo does it respond, inside the box or outside?
page-lesson-try-activations-region = Press channel { $channel }: where in the photo does it respond, inside the region or outside?
page-lesson-ask-activations = These maps know nothing of “{ $name }”. Why are they the same for every class?
page-lesson-ask-activations-box = These maps know nothing of this box. Why are they the same for every box?
page-lesson-ask-activations-region = These maps know nothing of this region. Why are they the same wherever one asks?
page-lesson-ask-activations-blind = Nobody asked for a class here. What can such a map not tell you?
page-lesson-try-gradients = Choose another class in Explore: the activations stay, the gradients change. Compare a channel.
page-lesson-try-gradients-box = Choose another box in Explore: the activations stay, the gradients change. Where are they zero?
page-lesson-try-gradients-region = Click into another place in Explore: the activations stay, the gradients change. Compare a channel.
page-lesson-ask-gradients = A gradient says what a small change would do. What about a large one?
page-lesson-try-weights = { $negative ->
    [0] Choose the channel with the largest weight: where is it active?
   *[other] Choose the channel with the most negative weight: where is it active?
}
page-lesson-ask-weights = One number stands for a whole map. What is lost by that?
page-lesson-ask-weighted_sum = { $lowering ->
    [0] No channel lowers the sum anywhere here. What can such a map not show?
   *[other] A channel can be active at a place and lower the sum there. How?
}
page-lesson-try-relu = { $places ->
    [0] Go one step back: nothing was below zero. Choose a class far down the list: is it the same there?
   *[other] Go one step back: which places were blue? Here they are zero.
}
page-lesson-ask-relu = { $places ->
    [0] Nothing is cut here. Could this method show at all what speaks against a class?
   *[other] What spoke against the class is not shown. When would you want to see it?
}
page-lesson-try-weighted_sum = { $signs ->
    [positive] Move to the brightest cell, and then to one beside it: which channels make the difference?
   *[both] Move to the brightest cell, and then to a blue one: which channels make the difference?
}
page-lesson-ask-relu-box = { $places ->
    [0] Nothing speaks against this box here. What in a photo could?
   *[other] What spoke against the box is not shown. When would you want to see it?
}
page-lesson-ask-relu-region = { $places ->
    [0] Nothing speaks against this region here. What in a photo could?
   *[other] What spoke against the region is not shown. When would you want to see it?
}
page-lesson-ask-relu-blind = This map knows no class: what could a negative value mean here?
page-lesson-try-enlarge = Count the cells under one blob: how many real values is it made of?
page-lesson-ask-enlarge = The brightest place is always 1, even for a class with hardly any evidence. How could that mislead?
page-lesson-ask-enlarge-box = The brightest place is always 1, even for a box of which the network is hardly sure. How could that mislead?
page-lesson-ask-enlarge-region = The brightest place is always 1, even where there is hardly any evidence. How could that mislead?
page-lesson-try-overlay = Cover that part of the object with your hand in a new photo, and look again.
page-lesson-ask-overlay = The map shows where the evidence lies. Does it say why, or whether the answer is right?
page-lesson-ask-overlay-box = How much of the evidence lies inside the box, and what can it mean where some lies outside?
page-lesson-ask-overlay-region = Does the evidence fill the region, or only a part of it? What can that mean?
page-lesson-try-kind-maps = Press a map, and see where in the photo it is high.
page-lesson-ask-kind-maps = What does this step change in the maps of the step before?
page-lesson-try-kind-still = Compare these maps: at which part of the photo is each of them high?
page-lesson-ask-kind-still = Which of these maps would you leave out, and why?
page-lesson-try-kind-bars = Find the largest and the smallest number. How far are they apart?
page-lesson-ask-kind-bars = How many of these numbers would have to change before the map looked different?
page-lesson-try-kind-grid = Move to the largest value with the arrow keys, and read its neighbours.
page-lesson-ask-kind-grid = How large is the part of the photo that one cell stands for?
page-lesson-try-kind-pixels = Move over the map, and read the values under the lens.
page-lesson-ask-kind-pixels = Which of these places lie on the object, and which do not?
page-lesson-try-kind-colours = Compare the three colours: where do they differ?
page-lesson-ask-kind-colours = One pixel hardly decides anything. What do many of them say together?
page-lesson-try-kind-stack = Compare the first picture with the last: what has changed?
page-lesson-ask-kind-stack = How many of these would be enough for the same map?
page-lesson-try-kind-number = Choose another photo, and see whether this number rises or falls.
page-lesson-ask-kind-number = What would the map be worth if this number were near zero?
page-lesson-try-kind-overlay = Change the method in Explore, and compare the two pictures.
page-lesson-ask-kind-overlay = Would the model answer the same without this part of the photo?
page-lesson-try-kind-scores = Compare the first two classes: how far apart are their scores?
page-lesson-ask-kind-scores = What would have to change in the photo to exchange them?
page-lesson-try-relu-blind = { $places ->
    [0] Go one step back: nothing was below zero. Choose another photo: is it the same there?
   *[other] Go one step back: which places were blue? Here they are zero.
}
page-lesson-try-drops = Find the largest value. Which part of the photo did the patch hide there?
page-lesson-ask-drops = Behind some patches the score rises. What could they have hidden?
page-lesson-try-covered = Compare a corner with the middle: how many patches cover a pixel there?
page-lesson-ask-covered = What would the map look like if nobody divided by this number?
page-lesson-try-kernel = Look along one row: to which places is this place most alike?
page-lesson-ask-kernel = Two places can look different and still be alike for the network. How?
page-lesson-try-flow = Look along the row of one token: from which tokens does it come most?
page-lesson-ask-flow = Each block mixes the tokens. How much does a token in the end still say about its own part of the photo?
page-lesson-try-token_rises = Compare the rows: in which blocks does the score rise most?
page-lesson-ask-token_rises = What would be missing if only the last block were shown?
page-lesson-try-kind-even = Compare these channels: for which of them is the number largest?
page-lesson-ask-kind-even = Why is the number of a channel the same at all places?
page-lesson-try-kind-names = Go on by one step: what does each of these masks leave of the photo?
page-lesson-ask-kind-names = A few masks are shown, and all of them count. What could you overlook by that?

## For a room: the mode for a projector, the list of keys, two pictures, a frame, files to take home

page-room-present = Present
page-room-leave = Leave (Esc)
page-room-keys = Keys
page-room-close = Close
page-room-bar = For the room
page-room-class = Class
page-room-all-tabs = Everywhere
page-room-or = or
page-room-opens = Open the whole page with this picture
page-room-page-up = Page ↑
page-room-page-down = Page ↓
page-room-home = Home
page-room-end = End
page-room-enter = Enter
page-room-space = Space
page-room-place-picture = On the picture
page-room-place-wipe = On the wipe
page-room-place-layers = On the strip of layers
page-room-place-classes = On the predictions
page-room-place-search = In the search
page-room-place-steps = On the steps
page-room-place-cells = On the cells of a map
page-room-do-page-present = present on a projector, and back
page-room-do-page-beside = a second picture beside the first, and back
page-room-do-page-keys = this list
page-room-do-page-leave = leave what fills the screen
page-room-do-picture-left = read the cell to the left
page-room-do-picture-right = read the cell to the right
page-room-do-picture-up = read the cell above
page-room-do-picture-down = read the cell below
page-room-do-picture-zoomIn = zoom in
page-room-do-picture-zoomOut = zoom out
page-room-do-picture-whole = the whole picture
page-room-do-picture-hide = hide what is read
page-room-do-wipe-before = a little to the left
page-room-do-wipe-next = a little to the right
page-room-do-wipe-farBefore = far to the left
page-room-do-wipe-farNext = far to the right
page-room-do-wipe-first = the left edge
page-room-do-wipe-last = the right edge
page-room-do-layers-before = to the layer before
page-room-do-layers-next = to the next layer
page-room-do-layers-first = to the first layer
page-room-do-layers-last = to the last layer
page-room-do-layers-choose = choose this layer
page-room-do-search-before = to the match before
page-room-do-search-next = to the next match
page-room-do-search-farBefore = eight matches up
page-room-do-search-farNext = eight matches down
page-room-do-search-choose = choose this class
page-room-do-search-clear = close the matches, then clear the field
page-room-do-classes-before = to the class before
page-room-do-classes-next = to the next class
page-room-do-steps-before = to the step before
page-room-do-steps-next = to the next step
page-room-do-steps-first = to the first step
page-room-do-steps-last = to the last step
page-room-do-cells-left = to the cell on the left
page-room-do-cells-right = to the cell on the right
page-room-do-cells-up = to the cell above
page-room-do-cells-down = to the cell below
page-room-backspace = Backspace
page-room-place-findings = On boxes and regions
page-room-do-findings-marks = draw them on the photo, or not
page-room-place-pen = In “Cover it” and “Guess first”
page-room-do-pen-left = move to the left
page-room-do-pen-right = move to the right
page-room-do-pen-up = move up
page-room-do-pen-down = move down
page-room-do-pen-size = with an arrow key: change the size
page-room-do-pen-draw = paint here
page-room-do-pen-undo = undo
page-room-do-pen-leave = close
page-beside = Side by side
page-beside-off = one picture
page-beside-class = two classes
page-beside-method = two methods
page-beside-layer = two layers
page-beside-photo = two photos
page-beside-which = The second picture
page-beside-waiting = Computing the second picture …
page-beside-part = Computing the second picture: { $share }
page-beside-not-here = This server computes one picture at a time. Two classes can stand side by side here.
page-beside-picture = The second picture: { $label }
page-beside-scale = Both pictures are measured by the larger of their two maxima: { $peak }.
page-part-beside = second picture
page-part-present = mode for a projector
page-part-embed = frame
page-home = Take home
page-home-making = Making the file …
page-home-handout = Hand-out: two pages to print (HTML)
page-home-map = The map’s numbers (NPZ)
page-home-classes = A slide through the likeliest classes ({ $kind })
page-home-methods = A slide through the quick methods ({ $kind })
page-home-note = The server makes the file and keeps nothing of it.
page-others-first = Others come first at the moment. Try again in a few seconds.
## What is tried on the photo

page-try = Try on this photo
page-try-cover = Cover it
page-try-guess = Guess first
page-part-activity = activity
page-activity-close = Close
page-pen-size = Size: { $share } of the shorter side
page-pen-spot = { $x } % from the left, { $y } % from the top
page-pen-box = { $x } % from the left, { $y } % from the top, { $width } % wide, { $height } % high
page-cover-how = Paint over a part of the photo: the model looks again at once.
page-cover-keys = The photo, to be covered. The arrow keys move the brush or the rectangle, with Shift they change its size, Enter covers, Backspace undoes.
page-cover-tool = Tool
page-cover-brush = Brush
page-cover-box = Rectangle
page-cover-kind = Cover with
page-cover-grey = Grey
page-cover-blur = Blur
page-cover-patch = Another patch
page-cover-source = Choose the patch
page-cover-across = A patch comes from across the middle of the photo, or from where you choose.
page-cover-aim = Click, or press Enter, where the patch is to be taken from.
page-cover-undo = Undo
page-cover-reset = Reset
page-cover-shown = Photo on show
page-cover-before = Before
page-cover-after = After
page-cover-board = Before and after
page-cover-class = Class
page-cover-change = Change
page-cover-points = { $number } points
page-cover-rank = { $rank }.
page-cover-facts = { $before } before, { $after } now: { $change }
page-cover-changed = { $name }: { $before } before, { $after } now.
page-cover-empty = Nothing is covered yet. Bars are probabilities, all on one scale.
page-cover-uncovered = Of the whole photo, before it was covered.
page-cover-same-scale = Parts are covered. The colours are on the scale of the map before, so that both can be compared.
page-cover-no-map = Parts are covered. There is no map of this photo.
page-cover-full = So much is covered that no further stroke is taken. Undo some, or reset.
page-guess-how = Where does the model look for this class? Click or paint there, before you see the map.
page-guess-keys = The photo without its map. The arrow keys move a spot, with Shift they change its size, Enter sets it, Backspace undoes.
page-guess-veiled = The photo. Its map is hidden until the guesses are in.
page-guess-name = Whose guess
page-guess-number = Guess { $number }
page-guess-next = Next guess
page-guess-reveal = Show the map
page-guess-hide = Hide the map
page-guess-anew = Start again
page-guess-none = There is no guess yet: click or paint on the photo.
page-guess-full = The board is full. Show the map, or start again.
page-guess-waiting = Guesses on the board are hidden until the map is shown.
page-guess-kept = { $count ->
    [one] One guess is on the board.
   *[other] { $count } guesses are on the board.
}
page-guess-board = The guesses
page-guess-begin = Shares of the positive evidence appear here, once the map is shown.
page-guess-empty = The map of this class has no positive evidence that could lie under a guess.
page-guess-remove = Remove { $name }
page-guess-centre = a blob in the middle
page-guess-chance = chance
page-guess-beside = middle { $centre } · chance { $chance }
page-guess-spread = { $count ->
    [one] { $median } of the positive evidence lies under the guess. Under a blob of the same area in the middle lies { $centre }, by chance { $chance }: its part of the area.
   *[other] Median of { $count } guesses: { $median } of the positive evidence, from { $least } to { $most }. Blobs of the same areas in the middle: { $centre }. Chance, which is the part of the area: { $chance }.
}

# --- from the code: python tests/words.py ---

## Errors, and the words in them

error-a-compressed-file = a compressed file
error-a-jpeg-2000 = a JPEG 2000 file
error-a-jpeg-xl = a JPEG XL file
error-a-list = a list
error-a-number = a number
error-a-pdf = a PDF document
error-a-photoshop = a Photoshop file
error-a-postscript = a PostScript document
error-a-text = a text
error-a-truth-value = a truth value
error-a-video = a video or another kind of media file
error-a-web-page = a web page
error-a-zip = a ZIP archive
error-action-given-up = This was given up because the page was silent for a while. Choose once more to start again.
error-address-unknown = There is nothing at this address.
error-an-icon = an icon file
error-an-object = an object
error-an-svg = an SVG drawing
error-answer-broken = Something went wrong here; the picture before it is still shown. Try again, or choose something else.
error-area-empty = The network sees nothing of what was chosen: choose a point or a mask inside the photo.
error-area-runs = The area's runs cover { $found } places, and its grid has { $width } x { $height }.
error-array-bands = The array has { $count } bands, but the model takes { $channels }: pass an array (H, W, { $channels }), or use Preprocess(mean=..., std=...) of { $count } values.
error-array-bands-range = The array holds floats from { $low } to { $high }: scale them to [0, 1].
error-array-bands-shape = The array has shape { $shape }: pass (H, W) or (H, W, C), channels last.
error-array-channels-first = The array has shape { $shape } (its channels come first: move them last): pass (H, W), (H, W, 3) or (H, W, 4).
error-array-not-finite = The array holds NaN or infinity: pass finite values in [0, 1].
error-array-one-band = The array has 1 band, but the model takes { $channels }: pass an array (H, W, { $channels }), or use Preprocess(mean=..., std=...) of 1 values.
error-array-range = The array holds floats from { $low } to { $high }: scale them to [0, 1], or pass uint8 in [0, 255].
error-array-shape = The array has shape { $shape }: pass (H, W), (H, W, 3) or (H, W, 4).
error-array-type = The array has type { $type }: pass uint8, uint16, bool, or float in [0, 1].
error-array-type-preprocess = The array has type { $type }: pass uint8, uint16, bool, or float in [0, 1], or give the model a preprocess that takes it as it is: wrap_model(net, preprocess=function).
error-augment-nothing = There is no augmentation to average over. Give at least one: augmentations=[Augmentation()].
error-averages-cancel = At layer { $layer } the gradients of each channel add up to zero over all places, so every weight is zero: what follows subtracts each channel's mean, as instance normalisation does, or two boxes of one class are held against each other. HiResCAM takes the gradients place by place: explain(trace, "hirescam").
error-bands-chosen = bands={ $bands } does not choose three of the bands 0 to { $last }, or one of them for grey: use bands={ $usual }, for example.
error-body-holds-more = The body holds more than data, session_hash, fn_index, trigger_id and event_data.
error-body-is-json = The body of this request is JSON: send it with Content-Type: application/json.
error-body-no-call = The body is not an object of data and session_hash.
error-body-no-json = The body is not JSON: send a JSON object.
error-body-no-object = The body is { $kind }: send a JSON object.
error-body-too-large = The body is larger than the { $most } MB that are taken here: make it smaller first.
error-body-too-slow = The body came too slowly. Try again.
error-box-contrast-alone = A contrast of a box needs another box, or another class for it: BoxContrast(found[0], found[1]).
error-box-label = The network found a box of class { $label }, and there are { $count } labels. Give a label for each number that it may return: wrap_model(net, labels=[...]).
error-boxes-relative = The network returned { $returned }: boxes beside logits, as DETR does. Say how they become boxes in pixels, for an input of 800 x 800: wrap_model(net, scores="softmax", output=lambda out: Boxes.relative(out.pred_boxes, out.logits, (800, 800))).
error-bytes = { $count } bytes
error-channels = { $count } channels
error-choice-no-object = A choice is an object, not { $kind }.
error-class-index-no-number = `class_index` is not a whole number: { $found }. -1 is the top class.
error-class-index-whole = class_index is a whole number, -1 for the top class, not { $value }.
error-class-numbers = Class numbers from 0 to { $last } work too.
error-clock-wrong = The action's number is of another day than today. Check this device's clock, and open the page anew.
error-combine-too-slow = { $method } takes a while for a single map. Combine the maps of an instant method instead.
error-contrast-alone = A contrast needs at least one other class to compare with.
error-cover-broken = The covered photo could not be looked at. Undo the last stroke, or reset.
error-cover-classes = What is covered is told by the probabilities of classes, and { $model } finds things. Choose a classifier.
error-cover-slow = { $method } takes too long for a map after each stroke: only the predictions are new. Choose an instant method.
error-data-no-frame = `data` is not an object with a frame.
error-data-no-id = `data` is not an object with an id.
error-data-no-list = `data` is not a list of { $count } values.
error-detail-no-number = `detail` is not a number: { $found }. 1 is the model's own input size.
error-detail-not-offered = On the page detail is { $others } or { $last }, not { $found }. Choose one of these.
error-detail-one-size = { $title } takes one input size only: at detail { $detail }, { $width } x { $height } pixels, it says { $says }. Use detail=1; a ViT of timm takes more when made by create_model(..., dynamic_img_size=True).
error-detail-own-preprocess = detail={ $detail } needs another input size, and the preprocessing of { $title } is a function that makes its own. Use wrap_model(net, preprocess=Preprocess(size=(224, 224), resize=256)), or detail=1.
error-detail-range = detail is a number from { $least } to { $most }, not { $detail }. Use detail=1.0, or 1.5 for more.
error-does-attention = multiplies features with features, as attention does
error-does-division = divides features by features
error-does-fused-attention = has attention
error-does-gates = multiplies features with features, as gates do
error-does-group-norm = has group normalisation
error-does-layer-norm = has layer normalisation
error-does-other = computes { $operation }
error-does-own-statistics = normalises by the image's own statistics
error-does-products = multiplies features with features
error-does-softmax = has a softmax inside, as attention does
error-effort-no-faster = bfloat16 makes { $title } no faster on this machine.
error-effort-not-measured = How close { $method } comes to its map with less work was not measured, so all of it is done.
error-effort-other-map = { $method } gives another map with less work: it correlates { $correlation } with the exact one.
error-eigen-no-weights = { $method } does not weigh channels, so its map cannot be smoothed this way.
error-empty-type = an empty { $type }
error-explain-no-input = `{ $name }` is no input of /explain. There are: { $inputs }.
error-field-is-not = `{ $name }` is not { $wanted }: { $found }.
error-file-broken = This file could not be made. Choose another method, or try once more.
error-file-gone = This file is not on the server, or no longer. Send it again.
error-file-one-at-a-time = Your last file is still being made. The next one can follow it.
error-file-too-long = This file takes longer than { $most } s here. Choose a quick method, or make it at a terminal: python -m cam photo.jpg.
error-finding-elsewhere = The { $label } at { $box } was not found in this pass. Take a finding of this trace: trace.top()[0].
error-finding-missing = There is no finding { $number } in this photo: { $count } were found, and this is the most confident one.
error-finding-no-number = `target` is not a whole number: { $found }. 1 is the first finding, -1 the most confident one.
error-found-anything = anything
error-found-of-class = a { $label }
error-frame-box = A box to follow is four numbers from 0 to 1, not { $value }.
error-frame-broken = Something went wrong on the server. Start the camera again, or choose another model.
error-frame-class = A class is a whole number, not { $value }.
error-frame-damaged = The frame arrived damaged. Start the camera again.
error-frame-kind = A frame is the base64 of an image file of at most { $limit } KiB.
error-fuse-nothing = There is no map to fuse. Give at least one explanation.
error-group-of = a { $type } of { $inside }
error-group-of-nothing = a { $type } of nothing
error-handler-unknown = `fn_index` is not the number of a handler of this page.
error-hub-arch = { $id } is of the architecture { $arch }, which timm does not have.
error-hub-broken = The Hugging Face Hub could not be asked. Try again.
error-hub-code = transformers has no { $arch }, and code from the Hub is never run
error-hub-gated = { $id } is given out by its publisher to those who agree to something first: fetch it by the Hub's own client, and it is found here.
error-hub-id = { $id } is no id of the Hugging Face Hub, which is owner/name, as timm/resnet18.a1_in1k.
error-hub-kind = { $id } is no image model that is explained here ({ $found }): those are timm's classifiers, and { $kinds } of transformers.
error-hub-large = { $file } of { $id } has { $size } MB, and at most { $most } MB are fetched here.
error-hub-look-first = { $id } is not on this machine. Look it up below the list of models: its size and licence come first.
error-hub-no-transformers = transformers is not installed: pip install transformers
error-hub-no-weights = { $id } has no file that is opened here: { $files }. Its weights may be in several parts or of another kind.
error-hub-none = There is no public model { $id } on the Hugging Face Hub.
error-hub-off = This page fetches no models of the Hugging Face Hub: its host sets CAM_HUB=on for that.
error-hub-strange = its config.json asks for what is not opened here ({ $part })
error-hub-unfit = { $id } cannot be opened, because { $reason }.
error-hub-unheard = The Hugging Face Hub cannot be asked for { $id }, because { $reason }.
error-image-address = Web addresses are not opened: save the picture and choose the saved file.
error-image-bomb = { $name } has more pixels than can be opened here: make it smaller first.
error-image-bytes = { $name } is larger than the limit of { $limit }: make it smaller or save it as JPEG.
error-image-crowded = { $name } has to be opened with care, and others wait for that: try again in a few seconds, or save it as JPEG.
error-image-damaged = { $name } starts like a { $kind } image but cannot be read: it is damaged, cut short, without pixels or of a rare kind; save or download it again, as JPEG or PNG.
error-image-damaged-or-large = { $name } starts like a { $kind } image but cannot be read: it is damaged, cut short, without pixels or of a rare kind; save or download it again, as JPEG or PNG. Or it needs more memory than its pixels justify: make it smaller first.
error-image-empty = { $name } is empty (0 bytes): choose { $choices }.
error-image-folder = { $name } is a folder: choose { $choices }.
error-image-greedy = { $name } needs more memory than its pixels justify: save it as JPEG or PNG.
error-image-kinds = a JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP or HEIC file
error-image-memory = { $name } needs more memory than there is: make it smaller first.
error-image-missing = { $name } does not exist: check its path.
error-image-no-description = `image` does not describe a file.
error-image-no-file = { $name } is not a regular file: choose { $choices }.
error-image-no-image = { $name } is not an image that can be opened here: choose { $choices }.
error-image-no-meta = `image` is a file with { $meta }.
error-image-not-finite = { $name } holds NaN or infinity: save it with finite values.
error-image-not-now = { $name } cannot be opened at the moment: try again, or save it as JPEG.
error-image-not-plain = The picture is damaged or no ordinary { $kind } file: send a JPEG, PNG or WebP as a camera makes it.
error-image-not-readable = { $name } cannot be read: open it again for reading.
error-image-not-sent = `image` is not a file that was sent: send it to /gradio_api/upload first.
error-image-other-kind = { $name } is { $kind }, which cannot be opened here: save the picture as PNG or JPEG first.
error-image-pixels = { $name } has { $width } x { $height } = { $pixels } pixels, more than the limit of { $limit }: make it smaller first.
error-image-slow = { $name } takes longer than { $seconds } seconds to open: save it as JPEG or PNG.
error-image-small = { $name } is { $width } x { $height } pixels: each side needs at least { $side }.
error-image-text-mode = { $name } is opened as text: open it in binary mode ('rb').
error-image-type = A value of type { $type } cannot be opened as an image: pass a path, bytes, a binary file, a PIL image or a numpy array.
error-image-unreadable = { $name } cannot be read: check its path and its permissions.
error-image-web-address = Web addresses are not opened: save the picture and send the saved file.
error-input-channels = The input has { $has }, but { $takes }. Pass an image or a tensor (1, { $taken }, H, W), or wrap_model(net, preprocess=Preprocess(mean=..., std=...)) with { $taken } values each.
error-input-channels-last = The input has { $has }, but { $takes } (its channels come last: pass tensor.permute(2, 0, 1)). Pass an image or a tensor (1, { $taken }, H, W), or wrap_model(net, preprocess=Preprocess(mean=..., std=...)) with { $taken } values each.
error-input-no-gradient = No gradient leads from the scores of { $title } back to its input: the graph ends in { $place }. RISE and occlusion need none: explain(trace, "rise").
error-input-size = The network does not take an input of { $width } x { $height } pixels, (1, { $channels }, { $height }, { $width }). It says: { $says }. Give it its own size: wrap_model(net, preprocess=Preprocess(size=(H, W))).
error-input-size-known = The network does not take an input of { $width } x { $height } pixels, (1, { $channels }, { $height }, { $width }); it takes { $known_width } x { $known_height }. It says: { $says }. Give it its own size: wrap_model(net, preprocess=Preprocess(size=(H, W))).
error-it-is-kind = it is { $kind }
error-kind-class = class
error-kind-colormap = colormap
error-kind-combination = combination
error-kind-effort = effort
error-kind-evidence = evidence
error-kind-example = example
error-kind-file = file
error-kind-finding = finding
error-kind-fit = fit
error-kind-fusion = fusion
error-kind-interpolation = interpolation
error-kind-kind-of-scores = kind of scores
error-kind-language = language
error-kind-language-of-the-class-names = language of the class names
error-kind-layer = layer
error-kind-method = method
error-kind-model = model
error-kind-slide = slide
error-kind-task = task
error-kind-with-parts = { $kind } ({ $inside })
error-layer-call = Layer { $layer } of { $title } runs { $count } times in a pass, so call is from 0 to { $last }.
error-layer-folded = Layer { $layer } of { $title } has no output of its own: the normalisation behind it is part of it. Load the model without `fold`.
error-layer-never-runs = Layer { $layer } of { $title } never runs in a pass, so it has nothing to show.
error-layer-no-gradient = The score does not depend on layer { $layer } of { $title } by anything that has a gradient: the graph ends in { $place }. Score-CAM, Ablation-CAM, Eigen-CAM, RISE and occlusion need none: explain(trace, "scorecam").
error-layer-no-map = Layer { $layer } of { $title } has no spatial map: its output is { $output }.
error-layer-no-places = Layer { $layer } of { $title } has no spatial map: its output is { $output }, and where the picture changes in one place, it does not change most in that place.
error-layer-not-in-pass = Layer { $layer } of { $title } never runs in this pass. Try { $usual }.
error-layer-not-in-score = The score does not depend on layer { $layer }. Choose a layer nearer to the output.
error-layer-not-of-finding = The score of this finding has no gradient at layer { $layer }: it comes another way through the network, or is at the end of its range. Use trace(model, image, { $usual }).
error-layer-not-of-finding-usual = The score of this finding has no gradient at layer { $layer }: it comes another way through the network, or is at the end of its range. A method that needs no layer shows it: explain(trace, "rise", finding).
error-layer-other-call = Layer { $layer } of { $title } runs { $count } times in a pass, and its call { $call } does not show this picture. Choose another: trace(model, image, { $layer }, call={ $good }).
error-layer-same-map = Layer { $layer } of { $title } has no spatial map: its output is { $output }, and nothing in it changes with the picture.
error-length-no-number = The header Content-Length is not a number.
error-logits-of-places = If these are logits at each place, sum them up: wrap_model(net, output=lambda out: out.mean((2, 3))).
error-logits-of-tokens = If these are logits of tokens, take one or their mean: wrap_model(net, output=lambda out: out.mean(1)).
error-logits-one-number = If that is one number per image: wrap_model(net, output=lambda out: out[:, None]).
error-logits-one-place = Take the places away: wrap_model(net, output=lambda out: out.flatten(1)).
error-logits-where = Say where the logits are: wrap_model(net, output=lambda out: out["scores"]).
error-many-batch = batch is a whole number from 1, not { $value }. Use batch=8.
error-many-on-error = on_error is "raise" or "yield", not { $value }.
error-map-no-numbers = The map of { $method } at layer { $layer } holds values that are not numbers. The model's own output may be broken for this image; try another layer or method.
error-mask-size = A mask has the photo's size, { $height } x { $width }, and this one has { $found }.
error-mcp-image = `image` is neither a picture as data:image/jpeg;base64,... nor the address of a file that was sent to this page (POST /gradio_api/upload, then .../gradio_api/file=PATH). Nothing else is opened.
error-mcp-image-damaged = `image` is no base64 of a file: send it again.
error-mcp-image-large = `image` has { $size } MB, and at most { $most } MB are taken: make it smaller first.
error-mcp-no-arguments = A call of a tool has params with a name and arguments.
error-mcp-no-message = The body is no message of MCP: an object with jsonrpc 2.0, id, method and params.
error-mcp-no-method = This page answers no { $method } of MCP.
error-megabytes = { $megabytes } MB
error-method-class-blind = { $method } does not see the class, so it shows nothing for it and nothing against it.
error-method-layer-blind = { $method } gives the same map at every layer, so there is nothing to fuse.
error-method-unsigned = { $method } shows how much matters, not whether it speaks for or against the class.
error-method-unsigned-combined = { $method }, combined, shows how much matters, not whether it speaks for or against the class.
error-millions = { $millions } million
error-model-fetching = Fetching { $model }: { $done } of { $total } MB.
error-model-loading = Loading { $model } …
error-model-no-layer = { $title } has no layer whose map could be shown. RISE, occlusion and other methods on pixels need none: explain(trace, "rise").
error-model-not-awaited = No longer waiting for { $model }. Its weights keep coming in the background.
error-needs-blocks-fewer-tokens = This needs a vision transformer: a list of blocks, each with one attention over all tokens of the image. { $title } has attentions that look at fewer tokens than there are.
error-needs-blocks-no-attention = This needs a vision transformer: a list of blocks, each with one attention over all tokens of the image. { $title } has no attention that can be seen.
error-needs-blocks-windows = This needs a vision transformer: a list of blocks, each with one attention over all tokens of the image. { $title } attends within windows, or in another order than block by block.
error-needs-few-places = This compares every place with every other, which takes gigabytes for the { $height } x { $width } places of { $layer }. Choose a deeper layer.
error-needs-full-sum = FullGrad needs a network whose score is the sum of its input's and biases' gradients. In { $title } they add up to { $total } and the score is { $score }: it adds something in a way that is not seen.
error-needs-input-gradient = { $title } takes no input that has a gradient: it says { $says }.
error-needs-linear-head = CAM needs global average pooling and one linear layer right behind the layer, and { $layer } of { $title } has something else there. Grad-CAM works on any layer.
error-needs-relu = Guided backpropagation changes how ReLUs pass gradients back, and { $title } has no ReLU. There it would be the plain input gradient.
error-needs-sums = FullGrad needs a network whose score is the sum of its input's and biases' gradients. { $title } { $does }, so they do not add up to it.
error-no-areas = This network does not answer for each place, so a place or an area of the photo cannot be asked about. Choose one of its findings.
error-no-finite-number = no finite number
error-no-image-sent = No image was sent: give a file as `image`.
error-no-picture-in-folder = There is no picture in { $folder }. Give a folder with photos, or photos.
error-no-room = The server has no room for this at the moment. Try again later.
error-nothing-found = The network did not find { $what } in this image, so there is no box to explain. trace.top() says what it found.
error-null = null
error-one-channel = 1 channel
error-other-sites = Requests from other sites' pages are not answered; see CAM_SITES.
error-output-made = The network returned { $returned }, and output= made { $made } of it, not logits of shape (batch, classes). { $hint }
error-output-no-boxes = A detector's output is Boxes(boxes (N, 4) in pixels of the input, logits (N, K)), and this is { $returned }. Say how it becomes that: wrap_model(net, output=lambda out: Boxes(out["boxes"], out["logits"])).
error-output-no-logits = The network must return logits of shape (batch, classes), and it returned { $returned }. { $remedy }
error-output-no-places = A network that answers for each place returns logits of shape (batch, classes, h, w), and this one returned { $returned }. Say where they are: wrap_model(net, output=lambda out: out["masks"]).
error-output-raised = The network returned { $returned }, and output= raised { $words }. { $hint }
error-page-outdated = This page and its server are of different versions. Reload the page.
error-photo-bands = A photo is shown as it is: bands= chooses which bands of an array or a tensor are shown.
error-photo-channels = A photo has at most 4 channels (RGBA), but the model takes { $channels }: pass an array (H, W, { $channels }), or a tensor (1, { $channels }, H, W).
error-photo-gone = This photo is no longer on the server. Send it again.
error-photo-not-awaited = No longer waiting for your photo. Send it again, or another one.
error-photo-opening = Opening your photo …
error-place-forward = a line of the network's own `forward`
error-place-module = module { $name } ({ $type })
error-preprocess-empty = preprocess returns a { $type } with nothing, not with "pixel_values": choose the tensor, as in wrap_model(net, preprocess=lambda image: processor(image)["..."]).
error-preprocess-image = preprocess returns a PIL image: return a tensor (C, H, W) or (1, C, H, W), for instance torchvision's to_tensor(image).
error-preprocess-keys = preprocess returns a { $type } with { $keys }, not with "pixel_values": choose the tensor, as in wrap_model(net, preprocess=lambda image: processor(image)["..."]).
error-preprocess-kind = preprocess returns { $what }: return a tensor (C, H, W) or (1, C, H, W).
error-preprocess-many = preprocess returns { $count } images, { $shape }, for one: return a tensor (C, H, W) or (1, C, H, W).
error-preprocess-shape = preprocess returns a tensor of shape { $shape }: return a tensor (C, H, W) or (1, C, H, W).
error-preprocess-statistics = Preprocess needs a mean and a std for each channel, not mean={ $mean } and std={ $std }: for a grey network Preprocess(mean=(0.5,), std=(0.5,)).
error-preprocess-tuple = preprocess returns { $what }: return a tensor (C, H, W) or (1, C, H, W), or a tuple (tensor, View).
error-products-cancel = At layer { $layer } gradients times activations add up to zero at every place, because what follows divides each place by its own size, as layer normalisation does. Take the output of that normalisation as the layer, or explain(trace, "{ $way_out }").
error-region-elsewhere = The region has { $found } places and this pass { $expected }: take one of this trace, trace.top()[0].
error-request-shape = The request is not of the shape that is taken at this address.
error-scores-no-probabilities = The network returns numbers from { $low } to { $high }, and probabilities lie in [0, 1]: use scores="softmax" or scores="sigmoid".
error-scores-unclear = The network returns numbers from 0 to 1 and cannot be looked into: they may be probabilities or logits. Say which, as in wrap_model(net, scores="given"), or "softmax" or "sigmoid" for logits.
error-server-fault = Something went wrong on the server.
error-server-going = The server is being stopped or restarted. Try again in a moment.
error-slide-empty = There is no picture to slide through: no quick method applies here.
error-slide-ending = A slide is a WebP or a GIF, not { $ending }: --slide slide.webp.
error-slide-one-photo = A slide shows one photo: give one image with --slide.
error-slide-too-slow = A slide shows several maps, and { $method } takes a while for each. Choose an instant method.
error-steps-approximate = The steps of an approximation of { $method } cannot be told: where it stops depends on the time it takes. Tell those of the exact map: steps(explain(trace, { $name }, target)).
error-steps-no-channels = This map is no sum over a layer's channels, so there is none that matters more than others. Grad-CAM's is: explain(trace, "gradcam").
error-steps-other-map = { $method } gives another map here than this one, so its steps would not lead to it. Give what explain or combine returned, and leave the network as it was.
error-steps-unfinished = This map of { $method } is not finished, so its steps are not either. Tell those of the finished one: steps(explain(trace, { $name }, target)).
error-steps-untold = { $method } does not tell the steps that lead to its map. CONTRIBUTING.md says how a method tells them.
error-stopped-after = Stopped after { $percent } %: this map is not finished.
error-stopped-at-once = Stopped after less than 1 %: this map is not finished.
error-story-broken = The steps of this map could not be told. Choose another method, or this one once more.
error-strip-broken = The layers could not be shown.
error-strip-one-layer = { $method } works at one layer only: this is { $usual }.
error-strip-too-slow = { $method } would take too long at every layer: this is { $usual }.
error-strip-whole-network = { $method } looks through the whole network, not at one layer: this is { $usual }.
error-strokes-many = This is more than { $strokes } strokes or { $points } points. Undo some, or reset.
error-strokes-shape = `strokes` is not a list of brushes and boxes with their points.
error-survey-broken = What this network takes could not be found out.
error-takes = it takes { $taken }
error-takes-first = the network's first convolution, { $name }, takes { $taken }
error-takes-network = the network takes { $taken }
error-target-no-gradient = The target does not depend on the logits by anything that has a gradient.
error-target-no-number = A target must return one number as a tensor; this one returns something else.
error-target-of-classes = This target compares the classes of a whole image, and the network answers for parts of it. Take one of its findings instead: { $instead }.
error-target-of-parts = This target is of a box or a region, and the network gives classes of the whole image. Take one of these: trace.top()[0].
error-target-type = A target is None, a class index, a label or a function of the logits, not { $type }.
error-target-whole = target is the number of a finding, from 1, or -1 for the most confident one, not { $value }.
error-tensor-detail = The tensor is the input as it is, and detail={ $detail } asks for one of another size. Pass the picture that it was made from, or another tensor with detail=1: torch.nn.functional.interpolate(tensor, scale_factor={ $detail }), of (1, C, H, W).
error-tensor-many = The tensor holds { $count } images, and one is explained at a time: pass tensor[:1].
error-tensor-not-finite = The tensor holds NaN or infinity: pass finite values.
error-tensor-of-shape = a tensor of shape { $shape }
error-tensor-shape = The tensor has shape { $shape }: a ready input is (1, C, H, W) or (C, H, W).
error-tensor-type = The tensor has type { $type }: a ready input is floating-point, normalised as the network takes it, for example tensor.float() / 255. Pass tensor.permute(1, 2, 0).numpy() to have it preprocessed.
error-the-array = The array
error-the-file = The file
error-the-image = The image
error-the-picture = The picture
error-too-many-people = Too many people are using this at the moment. Try again in a few seconds.
error-unknown-listed = Unknown { $kind } { $value }. Choose one of { $choices }.
error-unknown-listed-remedy = Unknown { $kind } { $value }. Choose one of { $choices }. { $remedy }
error-unknown-many = Unknown { $kind } { $value }. Choose one of { $choices } and others.
error-unknown-many-remedy = Unknown { $kind } { $value }. Choose one of { $choices } and others. { $remedy }
error-unknown-near = Unknown { $kind } { $value }. Did you mean { $choices }.
error-unknown-near-remedy = Unknown { $kind } { $value }. Did you mean { $choices }. { $remedy }
error-upload-broken-off = The upload was broken off.
error-upload-many-files = More than { $most } files in one request. Send them one after another.
error-upload-no-boundary = Files are sent as multipart/form-data with a boundary.
error-upload-unreadable = The upload cannot be read. Send it again.
error-value-a = a { $type }
error-value-an = an { $type }
error-value-is-kind = { $value } is { $kind }
error-value-of-type = a value of type { $type }
error-verb-unknown = Only GET, HEAD and POST are answered here.
error-visitor-many-logins = Too many logins came from this address within an hour. Try again later.
error-visitor-sent-much = More than { $most } MB came from this address within an hour. Try again later.
error-wanted-area = the number of a class with a point, or with a grid and its runs
error-wanted-few-texts = an object of a few texts
error-wanted-function = a function of this page
error-wanted-not-negative = a whole number that is not negative
error-wanted-part = a part of this page
error-wanted-path = a path
error-wanted-session = a name of up to 64 letters, digits, - and _
error-wanted-share = a number from 0 to 1
error-wanted-short-text = a text of at most { $most } characters
error-wanted-truth = true or false
error-wanted-whole = a whole number
error-weights-broken-off = the connection broke off after { $done } of { $total } MB
error-weights-certificate = the server's certificate could not be checked
error-weights-checksum = the file that arrived is not the published one: its checksum differs
error-weights-connection = the connection broke off
error-weights-damaged = the file is damaged
error-weights-disk-full = the disk is full
error-weights-failed = the download failed ({ $type })
error-weights-fetch-first = The weights of { $model } are not on this machine. Fetch them in Explore first.
error-weights-larger = more arrives than was promised
error-weights-late = the server did not answer within { $seconds } seconds
error-weights-missing = The weights of { $title } ({ $megabytes } MB) cannot be had, because { $reason }; { $others } and { $last } work without a download.
error-weights-no-connection = there is no connection to the server
error-weights-no-folder = no folder for them can be written
error-weights-no-hub = the server does not answer as the Hugging Face Hub does
error-weights-no-tensors = the file holds something else than tensors
error-weights-not-here = The weights of { $model } are not on this machine.
error-weights-offline = HF_HUB_OFFLINE forbids to ask the Hugging Face Hub
error-weights-other = the file holds other weights than this network's
error-weights-own-file = The weights of { $title } come with this package, and { $file } is missing or damaged: install it anew.
error-weights-package = The weights of { $title } come with the package { $package }, which is missing or damaged.
error-weights-status = the server answered { $status }
error-weights-unreadable = the file cannot be read
error-wrap-no-function = { $given } is a function, not { $type }: wrap_model(net, { $given }=function).

## Methods

method-gradcam-title = Grad-CAM
method-gradcam-summary = Channels weighed by their mean gradient.
method-gradcam-advice = The first choice where pooling follows the layer; elsewhere its mean over places blurs where evidence is.
method-gradcam-cost = instant
method-cam-title = CAM
method-cam-summary = Channels weighed by the head's own weights.
method-cam-advice = Exact before a linear head, and there Grad-CAM's picture; it says nothing about any other layer.
method-cam-cost = instant
method-hirescam-title = HiResCAM
method-hirescam-summary = Gradients times activations, place by place, summed over channels.
method-hirescam-advice = The first choice where places count differently, as in a ViT; only before a linear head it is exact.
method-hirescam-cost = instant
method-odam-title = ODAM
method-odam-summary = Gradients times activations, place by place, the gradients smoothed over places.
method-odam-advice = Made for detectors: the evidence for one box, a little rounder than HiResCAM's.
method-odam-cost = instant
method-gradcam_elementwise-title = Grad-CAM, element-wise
method-gradcam_elementwise-summary = Gradients times activations, place by place, without the negative products.
method-gradcam_elementwise-advice = For all that speaks for a class; what speaks against it is not subtracted, so maps are wide.
method-gradcam_elementwise-cost = instant
method-gradcam_plusplus-title = Grad-CAM++
method-gradcam_plusplus-summary = Positive gradients only, weighed so that several objects of a class count alike.
method-gradcam_plusplus-advice = For several objects of one class; what speaks against it is not subtracted, so look-alikes light up.
method-gradcam_plusplus-cost = instant
method-smoothgradcam_plusplus-title = Smooth Grad-CAM++
method-smoothgradcam_plusplus-summary = Grad-CAM++ over noisy copies of the image.
method-smoothgradcam_plusplus-advice = For a steadier Grad-CAM++; its faults stay, and with too much noise it explains another image.
method-smoothgradcam_plusplus-cost = eight passes of the model
method-xgradcam-title = XGrad-CAM
method-xgradcam-summary = Gradients averaged where the channel is active.
method-xgradcam-advice = For layers behind a ReLU; where a channel's values nearly cancel out, its weight runs away.
method-xgradcam-cost = instant
method-layercam-title = LayerCAM
method-layercam-summary = Positive gradients place by place, times the activations.
method-layercam-advice = For shallow layers, where it keeps fine places; a place that lowers the score on balance can light up.
method-layercam-cost = instant
method-shapleycam-title = Shapley-CAM
method-shapleycam-summary = Grad-CAM with a second-order term for how channels act together.
method-shapleycam-advice = For heads far from linear; it explains the score plus its log-probability, and so the rivals, too.
method-shapleycam-cost = instant
method-eigencam-title = Eigen-CAM
method-eigencam-summary = The main pattern of the activations.
method-eigencam-advice = For what stands out at a layer; it is the same for every class, so it cannot say why one was chosen.
method-eigencam-cost = instant
method-eigencam_centred-title = Eigen-CAM, centred
method-eigencam_centred-summary = Eigen-CAM without what all places share.
method-eigencam_centred-advice = Often nearer to the object than Eigen-CAM; the same for every class, and its sign is a convention.
method-eigencam_centred-cost = instant
method-kpca_cam-title = KPCA-CAM
method-kpca_cam-summary = Eigen-CAM with a curved kernel, for patterns that no straight line fits.
method-kpca_cam-advice = Where Eigen-CAM mixes object and background; the same for every class, and its sign is a convention.
method-kpca_cam-cost = instant; a second at 56 x 56 places
method-fem-title = FEM
method-fem-summary = Channels weighed by the share of places two deviations above their mean.
method-fem-advice = For a look without gradients; the same for every class, and what fills the picture stands out nowhere.
method-fem-cost = instant
method-eigengradcam-title = EigenGrad-CAM
method-eigengradcam-summary = The main pattern of gradient times activation.
method-eigengradcam-advice = For a smoother map that sees the class; a second object can be missing, and its sign is a convention.
method-eigengradcam-cost = instant
method-eigengradcam_centred-title = EigenGrad-CAM, centred
method-eigengradcam_centred-summary = EigenGrad-CAM without what all places share.
method-eigengradcam_centred-advice = For objects before an even background; the sign is a convention, and the wrong one shows the background.
method-eigengradcam_centred-cost = instant
method-scorecam-title = Score-CAM
method-scorecam-summary = Each channel masks the image, and the class's probability then is its weight.
method-scorecam-advice = For maps without gradients; no weight is negative and most are alike, so classes can look the same.
method-scorecam-cost = one pass of the model per channel
method-sscam-title = SS-CAM
method-sscam-summary = Score-CAM averaged over noisy masks.
method-sscam-advice = For a smoother Score-CAM; where activations are small against the noise, all channels weigh alike.
method-sscam-cost = ten passes of the model per channel
method-iscam-title = IS-CAM
method-iscam-summary = Score-CAM with masks that fade in.
method-iscam-advice = Where one full mask is too sudden; most steps show a darkened image, unlike any that was trained on.
method-iscam-cost = ten passes of the model per channel
method-ablationcam-title = Ablation-CAM
method-ablationcam-summary = Each channel is switched off in turn, and what the score loses is its weight.
method-ablationcam-advice = Where gradients saturate; channels that stand in for each other each look useless.
method-ablationcam-cost = one pass behind the layer per channel; none before a linear head
method-rise-title = RISE
method-rise-summary = Random masks, weighed by the class's probability behind them.
method-rise-advice = For any model, without layer or gradient; the grain is chance, and small objects slip through the masks.
method-rise-cost = 2,000 passes of the model
method-occlusion-title = Occlusion
method-occlusion-summary = A grey patch slides over the image; where the score falls, it mattered.
method-occlusion-advice = The plainest test of what the score needs; evidence that is there twice hides itself.
method-occlusion-cost = about 170 passes of the model
method-fullgrad-title = FullGrad
method-fullgrad-summary = The input's gradient and those of all biases, from every layer at once.
method-fullgrad-advice = For fine detail from all layers; absolute values make evidence against a class look like evidence for it.
method-fullgrad-cost = one pass and one backward pass
method-attention_rollout-title = Attention rollout
method-attention_rollout-summary = Where a transformer's head reads, through all blocks.
method-attention_rollout-advice = For what reaches the head, not what it does with it: the same for every class, background included.
method-attention_rollout-cost = one pass
method-legrad-title = LeGrad
method-legrad-summary = How the score rises with each attention, averaged over all blocks.
method-legrad-advice = For all blocks of a transformer at once; only rises count, so what speaks against a class is missing.
method-legrad-cost = one pass and one backward pass
method-input_gradient-title = Input gradient
method-input_gradient-summary = How the score answers to a change of each pixel.
method-input_gradient-advice = For what the score is sensitive to; it is noisy, and pixels that settled the class may have none left.
method-input_gradient-cost = one pass and one backward pass
method-smoothgrad-title = SmoothGrad
method-smoothgrad-summary = The input gradient averaged over noisy copies of the image.
method-smoothgrad-advice = For less grain than one gradient has; it still shows sensitivity, and too much noise is another image.
method-smoothgrad-cost = 24 passes and backward passes
method-integrated_gradients-title = Integrated gradients
method-integrated_gradients-summary = Gradients on the way from a grey image to this one, times the pixels.
method-integrated_gradients-advice = Where parts must add up to the score; blind to what is grey, and another start gives another map.
method-integrated_gradients-cost = 48 passes and backward passes
method-guided_backprop-title = Guided backprop
method-guided_backprop-summary = The input gradient, with ReLUs passing positive gradients only.
method-guided_backprop-advice = For sharp outlines and no more: an edge finder that hardly changes with the class or with random weights.
method-guided_backprop-cost = one pass and one backward pass
method-guided_gradcam-title = Guided Grad-CAM
method-guided_gradcam-summary = Guided backprop where Grad-CAM is positive.
method-guided_gradcam-advice = For a sharp picture of Grad-CAM's region; the detail inside is edges and fails the same sanity checks.
method-guided_gradcam-cost = one pass and one backward pass
method-random-title = Random weights
method-random-summary = Channels weighed by chance.
method-random-advice = A baseline without evidence, to compare with; a method that looks no better shows nothing.
method-random-cost = instant

## What methods need and cost

requirement-layer = a layer with a map
requirement-gradients = gradients
requirement-averages = gradients
requirement-products = gradients
requirement-input-gradients = gradients
requirement-linear-head = global average pooling and one linear layer behind it
requirement-few-places = of at most 56 x 56 places
requirement-attention = a list of blocks with one attention each over all tokens
requirement-full-gradients = no attention, gates or layer norm anywhere
requirement-rectifiers = ReLUs
requirement-none = only the model
speed-instant = from what a recorded pass has, with one backward pass behind the layer at most
speed-pass = by one more pass of the model
speed-passes = by many passes, improving step by step

## Steps

step-scores = Scores
step-input = Input
step-activations = Activations
step-gradients = Gradients
step-weights = Weights
step-place_weights = Weights by place
step-weighted_sum = Weighted sum
step-turned = Turned
step-relu = ReLU
step-enlarge = Enlarge
step-scale = Scale
step-overlay = On the photo
step-products = Products
step-smooth_gradients = Smooth gradients
step-positive_products = Positive products
step-positive_gradients = Positive gradients
step-positive_sum = Sum
step-sums = Sums
step-alphas = Shares of the gradient
step-curvature = Curvature
step-noisy_inputs = Noisy inputs
step-noisy_activations = Activations under noise
step-noisy_gradients = Gradients under noise
step-mean_gradients = Mean gradients
step-mean_squares = Mean squares
step-mean_cubes = Mean cubes
step-centred = Centred
step-direction = Main direction
step-variance_share = Share of the variance
step-projection = Projection
step-kernel = Kernel
step-eigenvalue = Eigenvalue
step-component = Main component
step-thresholds = Thresholds
step-above = Stands out
step-chosen = Channels shown
step-masks = Masks
step-confidences = Confidences
step-scores_without = Scores without
step-losses = Losses
step-shown = Masks shown
step-mask_scores = Confidences
step-mean_mask = Mean mask
step-drops = Drops
step-covered = Patches per pixel
step-mean_drop = Mean drop
step-input_gradients = Input gradients
step-noisy_input_gradients = Gradients under noise
step-guided_gradients = Guided gradients
step-mean_gradient = Mean gradient
step-magnitude = Magnitude
step-path = Path
step-path_gradients = Gradients on the path
step-pixel_products = Products
step-pixel_sum = Sum
step-enlarged_map = Enlarged map
step-product = Product
step-shares = Shares of the score
step-layer_maps = Maps of the layers
step-total = Total
step-attentions = Attention
step-flow = Flow
step-reading = Reading
step-attention_rises = Rises
step-token_rises = Rises by token
step-rises = Mean rise
step-maps = Maps
step-seen = Seen
step-combined = Mean
step-fused = Fused

## What steps hold

step-scores-holds = the logits; the formula says what of them is explained
step-input-holds = what the network is given: the photo, resized and normalised
step-activations-holds = what the layer hands on
step-gradients-holds = how the score rises with each activation
step-weights-holds = what each channel counts
step-place_weights-holds = what each channel counts at each place
step-weighted_sum-holds = the sum over channels, signed
step-turned-holds = the map with its sign turned: what speaks against the target
step-relu-holds = what speaks for the target: negative values are cut
step-enlarge-holds = the heatmap: bilinearly at the input's size, scaled to [0, 1]
step-scale-holds = the heatmap: scaled to [0, 1]
step-overlay-holds = the picture, 0 to 255, at the photo's own size
step-products-holds = gradient times activation, place by place
step-smooth_gradients-holds = the gradients, mixed with those of places nearby
step-positive_products-holds = the products, negative ones cut
step-positive_gradients-holds = the gradients, negative ones cut
step-positive_sum-holds = the sum over channels of what is not negative
step-sums-holds = the sum of each channel's activations
step-alphas-holds = how much of each gradient counts
step-curvature-holds = the Hessian of the score times the activations
step-noisy_inputs-holds = the input with noise on it
step-noisy_activations-holds = of each noisy input
step-noisy_gradients-holds = of each noisy input
step-mean_gradients-holds = over the noisy inputs
step-mean_squares-holds = of the gradients, over the noisy inputs
step-mean_cubes-holds = of the gradients, over the noisy inputs
step-centred-holds = each channel less its mean
step-direction-holds = the first right singular vector: the pattern that places share most
step-variance_share-holds = the first eigenvalue over the sum of all
step-projection-holds = how far each place goes in the main direction
step-kernel-holds = how alike each two places are, centred
step-eigenvalue-holds = the largest of the kernel
step-component-holds = the kernel's first component
step-thresholds-holds = two deviations above the channel's mean
step-above-holds = 1 where the channel is above its threshold
step-chosen-holds = the channels whose masks are kept: those of the largest weights
step-masks-holds = what is left of the image, 0 to 1
step-confidences-holds = of the target, under each mask of each channel
step-scores_without-holds = the score with the channel set to zero
step-losses-holds = what the score loses without the channel
step-shown-holds = the numbers of the masks that are kept: the worst and the best
step-mask_scores-holds = of the target, under each mask
step-mean_mask-holds = the masks' mean, weighed by the confidences
step-drops-holds = what the score loses under each patch
step-covered-holds = how many patches cover a pixel
step-mean_drop-holds = over the patches that cover a pixel
step-input_gradients-holds = how the score rises with each pixel and colour
step-noisy_input_gradients-holds = of each noisy input
step-guided_gradients-holds = with ReLUs that pass positive gradients only
step-mean_gradient-holds = over all inputs that were tried
step-magnitude-holds = one number for the colours, without a sign
step-path-holds = how far the input has faded in at each point, 0 to 1
step-path_gradients-holds = at each point of the path
step-pixel_products-holds = input times mean gradient
step-pixel_sum-holds = over the colours, signed
step-enlarged_map-holds = Grad-CAM's map at the input's size
step-product-holds = of both maps, place by place
step-shares-holds = what the input and each bias add to the score
step-layer_maps-holds = the input's and each bias's gradients, scaled
step-total-holds = the sum over layers
step-attentions-holds = mean over the heads
step-flow-holds = through all blocks: where each token comes from
step-reading-holds = where the head reads
step-attention_rises-holds = how the score rises with each attention, mean over the heads
step-token_rises-holds = mean over the queries
step-rises-holds = mean over the blocks, of the grid's tokens
step-maps-holds = what is combined, at the input's size
step-seen-holds = 1 where a placed image shows the pixel
step-combined-holds = over the maps that show a pixel, signed
step-fused-holds = the maps in one

## Axes of steps

axis-class = class
axis-channel = channel
axis-row = row
axis-column = column
axis-y = y
axis-x = x
axis-colour = colour
axis-sample = sample
axis-mask = mask
axis-repeat = repeat
axis-number = number
axis-patch-row = patch row
axis-patch-column = patch column
axis-place = place
axis-point = point
axis-layer = layer
axis-block = block
axis-token = token
axis-map = map

## Words in formulas

formula-axes = k the channel, ij the place
formula-enlarged-positive = L⁺ enlarged
formula-enlarged = L enlarged
formula-on-photo = v the heatmap on the photo
formula-photo = photo
formula-colour = colour(v)
formula-linear-head = W the weights of the linear head
formula-zero-gradient = 0 where g = 0
formula-zero-sum = 0 where S_k = 0
formula-smoothing = G a Gaussian of deviation { $n }
formula-noise = ε normal of deviation { $n }
formula-noisy = A_s of each noisy input s
formula-hessian = H the Hessian of what g is the gradient of
formula-singular = first right singular vector of X (n, C)
formula-of-activations = X = activations
formula-of-centred = X = centred
formula-of-products = X = products
formula-m-activations = M the activations
formula-m-products = M the products
formula-less-means = less the means of rows and columns
formula-eigenvalue = the largest eigenvalue of K
formula-rising = rising with the mean over channels
formula-over-places = over the places of A_k
formula-above = 1 where A_k,ij > t_k, else 0
formula-nothing = 0: nothing speaks for the target, or all places alike
formula-constant = w_k = 0: each channel is the same everywhere
formula-chosen = k of the { $n } largest w_k, known in the end
formula-mask = A_k, enlarged, scaled to [0, 1]
formula-noisy-mask = A_k, enlarged, with normal noise of deviation { $n }, scaled to [0, 1]
formula-confidence-of-channel = confidence of the target for x · M_k,i
formula-confidence = confidence of the target for x · M_i
formula-without = y with A_k set to zero
formula-affine = as the head is affine
formula-shown = i of the { $n } smallest and largest p_i of { $all }, known in the end
formula-by-chance = M_i by chance, { $n } of the image open
formula-all-masks = over all N = { $n } masks
formula-patched = x without { $n } x { $n } pixels at { $stride } (r, c)
formula-patches = n = patches of { $n } pixels, { $stride } apart, that cover a pixel
formula-mean-drop = Σ of d_rc over the patches that cover a pixel
formula-shares = Σ x · ∂y/∂x, then Σ b · ∂y/∂z of each bias; they add up to y
formula-layer-maps = then |b · ∂y/∂z| of each bias with a place, scaled to [0, 1], summed and enlarged
formula-heads = mean over the heads of block l
formula-flow = the last block first
formula-first-row = first row of R, the class token's, at the grid's tokens
formula-mean-row = mean over the grid's rows of R, at the grid's tokens
formula-rises = mean over the heads of max(∂y_l/∂a_l, 0), y_l the score with block l as the last
formula-queries = mean over the queries q of r_l,qn
formula-blocks = mean over the blocks l of t_l, at the grid's tokens
formula-max-colours = max over colours of |g|
formula-sum-colours = Σ over colours of |g|
formula-sum-products = Σ over colours of P
formula-inputs = ∂y/∂x at each of these inputs s
formula-faded = ∂y/∂x at t_s x
formula-mean-colour = 0 is the mean colour
formula-guided = each ReLU passing max(g, 0) back
formula-bilinear = bilinearly at the input's size
formula-random = w_k by chance from −1 to 1, the same each time
formula-placed = L_a of the placed image, brought back to its place
formula-visible = 1 where the placed image shows the pixel
formula-weights-of = w_k of
formula-heatmaps = the heatmap of each
formula-in-range = M_l in [0, 1]
formula-candidate = of candidate { $n }
formula-places = over { $n } of { $all } places

## Hand-out

handout-title = Where { $model } sees “{ $label }”
handout-title-blind = Where { $model } is active
handout-title-score = Where { $model } finds the evidence for a score
handout-photo = The photo
handout-overlay = The evidence
handout-caption = { $method } at layer { $layer }
handout-empty = Nothing speaks for the target here, or all places alike: nothing is painted.
handout-top = Predictions
handout-explained = explained
handout-settings = Settings
handout-model = Model
handout-layer = Layer
handout-no-layer = none
handout-method = Method
handout-combination = Combination
handout-effort = Effort
handout-target = Explained
handout-file = Photo
handout-seen = Seen
handout-look = Painted
handout-look-value = { $colormap }, opacity { $opacity }
handout-for = for the target
handout-against = against the target
handout-both = for in orange, against in blue
handout-input = Input
handout-steps = Step by step
handout-key = In the pictures of the steps white is 0, orange positive and blue negative, each by its own largest value.
handout-untold = The steps of this map are not told.
handout-shape = Shape
handout-range = { $low } to { $high }, mean { $mean }
handout-largest = Largest: { $value } at row { $row }, column { $column }
handout-cut = { $count } of { $all } places cut, { $sum } in all
handout-channels = Channels { $channels }
handout-other-channels = and { $count } others
handout-shown-first = shown: { $count } of { $all }
handout-value = Value
handout-place = One place added up: row { $row }, column { $column }
handout-channel = channel
handout-weight = weight
handout-activation = activation
handout-product = product
handout-rest = all others
handout-sum = sum
handout-raises = Scores that rise with these channels
handout-size = { $name }, { $width } × { $height } pixels
handout-again = The same map in Python
handout-own-network = your own network, as it was wrapped
handout-own-score = your own function of the scores
handout-own-method = This method is none of the package's table, so there are no lines that make its map again.
handout-fused-by-hand = Maps that were fused by hand are made again by the lines that made them.
handout-code = The computation in code
handout-source = Source
handout-lines = { $function } in { $file }, lines { $first } to { $last }
handout-limits = A map shows where, at one layer, the evidence for a score lies. It does not prove why the model decides so.

## Combinations

combination-smooth-title = Flips and scales
combination-smooth-summary = The mean of six maps, of the image mirrored and enlarged: what moves with the grid drops out.
combination-smooth-cost = six passes of the model
combination-eigen-title = Main pattern
combination-eigen-summary = The main pattern of the weighted channels instead of their sum: less noise, and less detail.
combination-eigen-cost = instant
combination-layers_mean-title = All layers, mean
combination-layers_mean-summary = The mean of the maps of all layers: fine edges and whole objects in one picture.
combination-layers_mean-cost = one pass and one backward pass through all layers
combination-layers_max-title = All layers, maximum
combination-layers_max-summary = What any layer shows: nothing is lost, and the noise of the shallow layers stays.
combination-layers_max-cost = one pass and one backward pass through all layers
combination-layers_product-title = All layers, product
combination-layers_product-summary = What all layers show: sharp, and empty where a single layer shows nothing.
combination-layers_product-cost = one pass and one backward pass through all layers

## Efforts

effort-exact-title = Exact
effort-quarter-title = A quarter of the steps
effort-bfloat16-title = In bfloat16
effort-draft-title = A tenth, in bfloat16
effort-measured-on = EfficientNet-Lite0, 5 photos, PyTorch 2.13.0+cpu

## Models

note-comes-with-the-installation-the-default = comes with the installation; the default
note-comes-with-the-installation = comes with the installation
note-torchvision-s-first-weights-behind-the-maps-that-papers-show = torchvision's first weights, behind the maps that papers show
note-a-modern-training-recipe = a modern training recipe
note-channel-attention-in-each-block = channel attention in each block
note-as-aligned-in-deeplab-v3 = as aligned in DeepLab v3+
note-the-backbone-of-yolo-v3 = the backbone of YOLO v3
note-three-branches-as-trained = three branches, as trained
note-weights-for-non-commercial-use-cc-by-nc-4-0 = weights for non-commercial use (CC BY-NC 4.0)
note-no-class-token-averages-the-patches = no class token, averages the patches
note-two-heads = two heads
note-weights-under-apple-s-own-licence = weights under Apple's own licence

## What a network returns

scores-softmax = logits of classes that exclude each other
scores-sigmoid = logits of independent labels
scores-given = probabilities, shown and explained as they are

## Colormaps

colormap-inferno = inferno
colormap-viridis = viridis
colormap-magma = magma
colormap-plasma = plasma
colormap-cividis = cividis
colormap-turbo = turbo
colormap-jet = jet
colormap-grey = grey

## Fits

fit-crop = The model's own resize and centre crop.
fit-squeeze = The whole image, resized to the model's input size.
fit-pad = The whole image at its own shape, with a margin.

## Examples

example-cat_and_coffee = A cat beside a cup of coffee (composed of two photos)
example-cat = Chelsea the cat
example-coffee = A cup of coffee
example-photographer = A photographer with a tripod
example-grace_hopper = Commodore Grace Hopper, computer scientist
example-two_people = An astronaut beside a commodore (composed of two photos)
example-photographer_and_astronaut = A photographer beside an astronaut (composed of two photos)
example-cup_without_mark = A cup without a mark (composed)
example-cup_with_mark = The same cup with a mark (composed)
example-cat_in_snow = A cat in snow (composed)
example-cat_in_grass = The same cat in grass (composed)
example-cat_with_sticker = A cat with a picture of a cup stuck on (composed)

# --- end of what is from the code ---
