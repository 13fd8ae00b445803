"""The measures of maps: values done on paper, brute-force loops, and maps that show nothing."""

import math

import numpy as np
import pytest
import torch
from nets import PHOTO, PREPROCESS, SIZE, make
from PIL import Image

from cam import explain, metrics, trace, wrap_model
from cam.metrics.curves import blur_kernel, blurred, ranks


def undecided(kind="deep_head"):
    """A network whose probabilities are far from 0 and 1."""
    net = make(kind)
    with torch.no_grad():
        [*net.parameters()][-2].mul_(0.05)  # the last linear layer
    return net


def recorded(kind="deep_head", fit="squeeze"):
    return trace(wrap_model(undecided(kind), preprocess=PREPROCESS), PHOTO, fit=fit)


def probability(t, inputs, index):
    with torch.no_grad():
        return t.model.net(inputs).softmax(1)[0, index].item()


# Confidence


def test_drop_increase_and_gain_on_paper():
    before, after = [0.8, 0.5, 0.2], [0.4, 0.5, 0.6]
    assert metrics.average_drop(before, after) == pytest.approx(100 * (0.5 + 0 + 0) / 3)
    assert metrics.increase_in_confidence(before, after) == pytest.approx(100 / 3)
    assert metrics.average_gain(before, after) == pytest.approx(100 * (0 + 0 + 0.4 / 0.8) / 3)


def test_drop_and_gain_at_the_ends_are_numbers():
    assert metrics.average_drop([0.0, 0.0], [0.0, 0.3]) == 0
    assert metrics.average_gain([1.0, 1.0], [1.0, 0.2]) == 0


def test_complexity_is_the_mean():
    assert metrics.complexity(torch.tensor([[0.0, 1.0], [0.5, 0.1]])) == pytest.approx(0.4)
    assert metrics.complexity(torch.zeros(3, 3)) == 0
    assert metrics.complexity(metrics.uniform((4, 5))) == 1


def test_coherency_on_paper():
    one = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
    assert metrics.coherency(one, 2 * one + 1) == pytest.approx(1)
    assert metrics.coherency(one, -one) == pytest.approx(0)
    # deviations (-1.5, -.5, .5, 1.5) and (.5, -.5, -.5, .5): product 0
    assert metrics.coherency(one, torch.tensor([[1.0, 0.0], [0.0, 1.0]])) == pytest.approx(0.5)
    assert metrics.coherency(one, torch.ones(2, 2)) == 0


def test_adcc_is_the_harmonic_mean():
    assert metrics.adcc(0.5, 0.5, 0.5) == pytest.approx(0.5)
    assert metrics.adcc(1.0, 0.5, 0.75) == pytest.approx(3 / (1 + 2 + 4))
    assert metrics.adcc(0.0, 0.2, 0.1) == metrics.adcc(0.9, 1.0, 0.1) == metrics.adcc(0.9, 0.2, 1.0) == 0


@pytest.mark.parametrize("fit", ["squeeze", "crop", "pad"])
def test_masking_happens_in_pixels(fit):
    t = recorded(fit=fit)
    heatmap = torch.rand(SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    mean, std = 0.5, 0.25
    expected = ((t.input * std + mean) * heatmap - mean) / std
    left, top, right, bottom = (int(v) for v in t.view.content)
    masked = metrics.masked_input(t, heatmap[None])
    inside = (slice(None), slice(None), slice(top, bottom), slice(left, right))
    torch.testing.assert_close(masked[inside], expected[inside], atol=1e-5, rtol=1e-5)
    margin = torch.ones_like(masked, dtype=torch.bool)
    margin[inside] = False
    assert torch.equal(masked[margin], t.input[margin])  # the margin is no part of the image
    assert bool(margin.any()) == (fit == "pad")


def test_confidences_behind_masks_are_those_of_single_passes():
    t = recorded()
    heatmaps = torch.rand(3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    heatmaps[2] = 1
    before, after = metrics.masked_confidences(t, heatmaps, 2)
    assert before == pytest.approx(probability(t, t.input, 2), abs=1e-6)
    expected = [probability(t, metrics.masked_input(t, heatmap[None]), 2) for heatmap in heatmaps]
    assert after.tolist() == pytest.approx(expected, abs=1e-6)
    assert after[2].item() == pytest.approx(before, abs=1e-6)
    assert abs(after[0].item() - before) > 1e-4


def test_coherency_explains_the_masked_image_anew():
    e = explain(recorded(), "gradcam", 1)
    masked = (e.heatmap[None, None] * (e.trace.input * 0.25 + 0.5) - 0.5) / 0.25
    model = wrap_model(undecided(), preprocess=lambda image: masked[0])
    again = explain(trace(model, PHOTO, e.trace.layer), "gradcam", 1)
    expected = np.corrcoef(e.heatmap.flatten().double(), again.heatmap.flatten().double())[0, 1]
    assert metrics.coherency_of(e) == pytest.approx((expected + 1) / 2, abs=1e-4)


# Curves


def test_area_under_a_curve_on_paper():
    assert metrics.Curve(torch.tensor([1.0, 0.5, 0.0])).auc == pytest.approx(0.5)
    assert metrics.Curve(torch.tensor([0.8, 0.2, 0.1, 0.1])).auc == pytest.approx((1.2 - 0.4 - 0.05) / 3)


def test_ranks_fall_with_heat_and_keep_the_reading_order():
    assert ranks(torch.tensor([[0.1, 0.9], [0.9, 0.0]])).tolist() == [[2, 0], [1, 3]]
    assert ranks(torch.ones(2, 2)).tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize("name", ["deletion", "insertion"])
@pytest.mark.parametrize("pixels", [224, 1000])
def test_curves_agree_with_one_pass_per_step(name, pixels):
    t = recorded()
    heatmap = torch.rand(SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    order = sorted(range(SIZE * SIZE), key=lambda place: -heatmap.flatten()[place].item())
    state = t.input.flatten(2).clone() if name == "deletion" else blurred(t.input).flatten(2)
    other = torch.zeros_like(state) if name == "deletion" else t.input.flatten(2)
    scores = [probability(t, state.view_as(t.input), 3)]
    for start in range(0, len(order), pixels):
        for place in order[start : start + pixels]:
            state[..., place] = other[..., place]
        scores.append(probability(t, state.view_as(t.input), 3))
    curve = getattr(metrics, name)(t, heatmap, 3, pixels=pixels)
    assert len(scores) == math.ceil(SIZE * SIZE / pixels) + 1
    assert curve.scores.tolist() == pytest.approx(scores, abs=1e-5)
    assert max(scores) - min(scores) > 1e-3


def test_the_blur_kernel_is_a_point_smoothed_between_mirrors():
    kernel = blur_kernel()
    assert kernel.shape == (11, 11)
    assert kernel.sum().item() == pytest.approx(1, abs=1e-6)
    weights = [math.exp(-(d**2) / 50) for d in range(-20, 21)]
    line = [0.0] * 11
    for offset, weight in zip(range(-20, 21), weights, strict=True):
        place = 5 + offset
        while not 0 <= place < 11:  # bounce off the edges between pixels
            place = -1 - place if place < 0 else 21 - place
        line[place] += weight / sum(weights)
    assert kernel.sum(0).tolist() == pytest.approx(line, abs=1e-6)


def test_imputation_on_paper():
    image = torch.arange(9.0).view(1, 3, 3) ** 2
    centre = torch.zeros(3, 3, dtype=torch.bool)
    centre[1, 1] = True
    # edges 1, 9, 25, 49 at 1/6; corners 0, 4, 36, 64 at 1/12
    assert metrics.impute(image, centre)[0, 1, 1].item() == pytest.approx(84 / 6 + 104 / 12, abs=1e-5)
    corner = torch.zeros(3, 3, dtype=torch.bool)
    corner[0, 0] = True
    # 1 and 9 at 1/6, 16 at 1/12, over 5/12
    filled = metrics.impute(image, corner)
    assert filled[0, 0, 0].item() == pytest.approx((10 / 6 + 16 / 12) / (5 / 12), abs=1e-5)
    assert torch.equal(filled[0, 1:], image[0, 1:])


def test_imputation_solves_the_linear_system():
    generator = torch.Generator().manual_seed(0)
    height, width = 6, 5
    images = torch.rand(2, 3, height, width, generator=generator)
    removed = torch.rand(2, height, width, generator=generator) < torch.tensor([0.4, 0.9])[:, None, None]
    weights = {(a, b): 1 / 6 if 0 in (a, b) else 1 / 12 for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)}
    expected = images.clone().double()
    for number in range(2):
        unknown = [tuple(place) for place in removed[number].nonzero().tolist()]
        system = torch.eye(len(unknown), dtype=torch.float64)
        right = torch.zeros(len(unknown), 3, dtype=torch.float64)
        for row, (y, x) in enumerate(unknown):
            near = {(y + a, x + b): w for (a, b), w in weights.items() if 0 <= y + a < height and 0 <= x + b < width}
            for place, weight in near.items():
                if place in unknown:
                    system[row, unknown.index(place)] -= weight / sum(near.values())
                else:
                    right[row] += weight / sum(near.values()) * images[number, :, place[0], place[1]].double()
        for (y, x), value in zip(unknown, torch.linalg.solve(system, right), strict=True):
            expected[number, :, y, x] = value
    found = torch.stack([metrics.impute(image, holes) for image, holes in zip(images, removed, strict=True)])
    torch.testing.assert_close(found.double(), expected, atol=1e-6, rtol=1e-6)


def test_an_image_without_a_known_pixel_is_imputed_as_zero():
    filled = metrics.impute(torch.ones(3, 4, 4), torch.ones(4, 4, dtype=torch.bool))
    assert torch.equal(filled, torch.zeros(3, 4, 4))
    untouched = torch.rand(3, 4, 4)
    assert torch.equal(metrics.impute(untouched, torch.zeros(4, 4, dtype=torch.bool)), untouched)


def test_road_removes_the_hottest_and_the_coldest():
    t = recorded()
    heatmap = torch.rand(SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    found = metrics.road(t, heatmap, 3, percentiles=(20, 50))
    places = heatmap.flatten().argsort(descending=True)
    for share, score, chosen in (
        (20, found.morf[0], places[:205]),
        (50, found.morf[1], places[:512]),
        (20, found.lerf[0], places[-205:]),
    ):
        assert len(chosen) == round(SIZE * SIZE * share / 100)
        removed = torch.zeros(SIZE * SIZE, dtype=torch.bool)
        removed[chosen] = True
        filled = metrics.impute(t.input[0], removed.view(SIZE, SIZE))[None]
        assert score.item() == pytest.approx(probability(t, filled, 3), abs=0.02)  # up to the noise
    expected = sum((low - high) / 2 for low, high in zip(found.lerf.tolist(), found.morf.tolist(), strict=True)) / 2
    assert found.combined == pytest.approx(expected, abs=1e-6)
    again = metrics.road(t, heatmap, 3, percentiles=(20, 50))
    assert torch.allclose(again.morf, found.morf, rtol=1e-5)  # up to the order of threads
    assert torch.allclose(again.lerf, found.lerf, rtol=1e-5)
    other = metrics.road(t, heatmap, 3, percentiles=(20, 50), seed=1)
    assert not torch.allclose(other.morf, found.morf, rtol=1e-4)  # there is noise


# Localisation


def spot(y, x, size=(40, 60)):
    heatmap = np.zeros(size)
    heatmap[y, x] = 1
    return heatmap


def test_pixels_of_a_box_are_those_with_their_centres_inside():
    mask = metrics.box_mask([(0.4, 1, 2.5, 2.6)], (4, 5))
    assert [tuple(place) for place in np.argwhere(mask)] == [(1, 0), (1, 1), (2, 0), (2, 1)]
    both = metrics.box_mask([(0, 0, 1, 1), (4, 3, 99, 99)], (4, 5))
    assert [tuple(place) for place in np.argwhere(both)] == [(0, 0), (3, 4)]


@pytest.mark.parametrize(
    ("place", "hit"),
    [
        ((5, 5), 1),  # inside (0, 0, 10, 10), whose last pixel is (9, 9)
        ((5, 24), 1),  # 15 pixels to the right of column 9
        ((5, 25), 0),
        ((18, 21), 1),  # 9 down and 12 to the right: 15
        ((19, 21), 0),  # 10 and 12
    ],
)
def test_pointing_game_reaches_fifteen_pixels(place, hit):
    assert metrics.pointing_game(spot(*place), [(0, 0, 10, 10)]) == hit


def test_pointing_game_with_equal_maxima_gets_what_chance_gets():
    heatmap = spot(0, 0) + spot(39, 59) + spot(0, 59) + spot(39, 0)
    assert metrics.pointing_game(heatmap, [(0, 0, 2, 2)]) == 0.25
    assert metrics.pointing_game(np.ones((10, 10)), [(0, 0, 2, 3)], tolerance=0) == pytest.approx(0.06)


def test_energy_pointing_game_on_paper():
    heatmap = np.array([[1.0, 2.0, 0.0], [3.0, 0.0, 4.0]])
    assert metrics.energy_pointing_game(heatmap, [(0, 0, 1, 2)]) == pytest.approx(0.4)
    assert metrics.energy_pointing_game(heatmap, [(0, 0, 1, 2), (0, 1, 3, 2)]) == pytest.approx(0.8)  # no pixel twice
    assert metrics.energy_pointing_game(-heatmap, [(0, 0, 3, 2)]) == 0  # what speaks against does not count
    assert metrics.energy_pointing_game(np.ones((4, 6)), [(0, 0, 2, 3)]) == pytest.approx(0.25)


def test_the_largest_segment_counts_and_corners_connect():
    heatmap = np.zeros((10, 12))
    heatmap[1, 1] = 1  # the maximum, alone
    heatmap[4:6, 5:8] = 0.15
    heatmap[6, 8] = 0.5  # touches by a corner
    heatmap[7, 9] = 0.149  # below the threshold
    assert metrics.segment_box(heatmap) == (5, 4, 9, 7)
    assert metrics.localisation_iou(heatmap, [(0, 0, 2, 2), (5, 4, 9, 8)]) == pytest.approx(12 / 16)


def test_iou_on_paper():
    assert metrics.iou((0, 0, 2, 2), (1, 1, 3, 3)) == pytest.approx(1 / 7)
    assert metrics.iou((0, 0, 2, 2), (2, 0, 3, 3)) == 0
    assert metrics.iou((0, 0, 2, 2), (1, 1, 1, 1)) == 0


def test_a_map_that_shows_nothing_and_a_box_outside_score_zero():
    nothing, inside, outside = np.zeros((40, 60)), [(0, 0, 60, 40)], [(100, 100, 120, 120)]
    for score in (metrics.pointing_game, metrics.energy_pointing_game, metrics.localisation_iou):
        assert score(nothing, inside) == 0
        assert score(spot(5, 5), outside) == 0
        assert score(spot(5, 5), []) == 0
    assert metrics.segment_box(nothing) is None


def test_a_box_that_hangs_over_the_edge_is_cut():
    heatmap = np.zeros((40, 60))
    heatmap[:10, :10] = 1
    assert metrics.localisation_iou(heatmap, [(-50, -50, 10, 10)]) == 1


def test_mosaic_and_its_game():
    colours = ["red", "green", "blue", "white"]
    image, cells = metrics.mosaic([Image.new("RGB", (30, 20), colour) for colour in colours], 16)
    assert image.size == (32, 32)
    assert cells == [(0, 0, 16, 16), (16, 0, 32, 16), (0, 16, 16, 32), (16, 16, 32, 32)]
    for cell, colour in zip(cells, colours, strict=True):
        part = image.crop(tuple(int(v) for v in cell))
        assert part.getcolors() == [(256, Image.new("RGB", (1, 1), colour).getpixel((0, 0)))]
    heatmap = np.zeros((32, 32))
    heatmap[:16, 16:] = 0.25
    heatmap[20, 3] = 1.0
    assert metrics.grid_pointing_game(heatmap, cells[1]) == pytest.approx(64 / 65)
    assert metrics.grid_pointing_game(heatmap, cells[2], by="maximum") == 1
    assert metrics.grid_pointing_game(heatmap, cells[1], by="maximum") == 0
    uniform = metrics.uniform((32, 32))
    assert metrics.grid_pointing_game(uniform, cells[0]) == metrics.grid_pointing_game(uniform, cells[3]) == 0.25
    with pytest.raises(ValueError, match="four images"):
        metrics.mosaic([image])


def test_the_centre_gaussian_is_symmetric_and_highest_in_the_middle():
    gaussian = metrics.centre_gaussian((21, 41))
    assert gaussian[10, 20] == gaussian.max() == 1
    torch.testing.assert_close(gaussian, gaussian.flip(0))
    torch.testing.assert_close(gaussian, gaussian.flip(1))
    # 20 / 41 of the width, in deviations of a quarter
    assert gaussian[10, 0].item() == pytest.approx(math.exp(-((20 / 41) ** 2) / (2 * 0.25**2)), rel=1e-4)


# Sanity


def test_spearman_on_paper():
    assert metrics.spearman(torch.tensor([1.0, 2.0, 30.0]), torch.tensor([0.1, 0.5, 0.6])) == pytest.approx(1)
    assert metrics.spearman(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([3.0, 2.0, 1.0])) == pytest.approx(-1)
    # ranks (1.5, 1.5, 3, 4) and (1, 2, 3, 4): 4.5 / sqrt(4.5 * 5)
    tied = metrics.spearman(torch.tensor([0.0, 0.0, 1.0, 2.0]), torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert tied == pytest.approx(4.5 / math.sqrt(22.5))
    assert metrics.spearman(torch.ones(4), torch.rand(4)) == 0


def test_ssim_agrees_with_loops_over_windows():
    generator = torch.Generator().manual_seed(0)
    a, b = torch.rand(2, 13, 14, generator=generator).double()
    line = [math.exp(-((i - 5) ** 2) / 4.5) for i in range(11)]
    window = [[p * q / sum(line) ** 2 for q in line] for p in line]
    values = []
    for y in range(3):
        for x in range(4):
            places = [(i, j) for i in range(11) for j in range(11)]

            def mean(f, y=y, x=x, places=places):
                return sum(window[i][j] * f(a[y + i, x + j].item(), b[y + i, x + j].item()) for i, j in places)

            ma, mb = mean(lambda p, q: p), mean(lambda p, q: q)
            va = mean(lambda p, q, ma=ma: (p - ma) ** 2)
            vb = mean(lambda p, q, mb=mb: (q - mb) ** 2)
            vab = mean(lambda p, q, ma=ma, mb=mb: (p - ma) * (q - mb))
            light = (2 * ma * mb + 0.01**2) / (ma**2 + mb**2 + 0.01**2)
            values.append(light * (2 * vab + 0.03**2) / (va + vb + 0.03**2))
    assert metrics.ssim(a, b) == pytest.approx(sum(values) / 12, abs=1e-9)
    assert metrics.ssim(a, a) == pytest.approx(1)


def test_max_sensitivity_agrees_with_its_definition():
    e = explain(recorded(), "gradcam", 1)
    generator = torch.Generator().manual_seed(0)
    worst = 0.0
    for _ in range(3):
        d = (2 * torch.rand(e.trace.input.shape, generator=generator) - 1) * 0.1
        assert d.abs().max() <= 0.1
        model = wrap_model(undecided(), preprocess=lambda image, d=d: (e.trace.input + d)[0])
        moved = explain(trace(model, PHOTO, e.trace.layer), "gradcam", 1)
        worst = max(worst, ((moved.heatmap - e.heatmap).norm() / e.heatmap.norm()).item())
    found = metrics.max_sensitivity(e, radius=0.1, samples=3)
    assert found == pytest.approx(worst, rel=1e-4)
    assert found > 0
    assert metrics.max_sensitivity(e, radius=0.0, samples=2) == 0


def test_max_sensitivity_of_an_empty_map_is_not_a_number():
    t = recorded("pooled")
    e = explain(t, "gradcam", lambda logits: logits.sum() * 0)
    assert e.empty
    assert math.isnan(metrics.max_sensitivity(e, samples=1))


@pytest.mark.parametrize("kind", ["deep_head", "vit"])
def test_randomisation_takes_every_weight_from_the_head_down(kind):
    model = wrap_model(make(kind), preprocess=PREPROCESS)
    before = {name: tensor.clone() for name, tensor in model.net.state_dict().items()}
    e = explain(trace(model, PHOTO), "gradcam", 1)
    steps = list(metrics.parameter_randomisation(e))
    assert steps[0].layer == "head"
    assert [step.layer for step in steps[1:]] == [name for name in reversed(model.layers) if name in _layers(steps)]
    head, last = (step.explanation.trace.model.net for step in (steps[0], steps[-1]))
    assert head is last  # cascading: one network that forgets more and more
    for name, tensor in last.named_parameters():
        changed = not torch.equal(tensor, before[name])
        assert changed or before[name].std(unbiased=False) == 0, name
    for step in steps:
        assert step.spearman == pytest.approx(metrics.spearman(e.heatmap, step.explanation.heatmap))
        assert step.ssim == pytest.approx(metrics.ssim(e.heatmap, step.explanation.heatmap))
    assert steps[-1].spearman < 0.9
    for name, tensor in model.net.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def _layers(steps):
    return {step.layer for step in steps}
