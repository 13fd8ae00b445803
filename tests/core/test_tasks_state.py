"""No method leaves a trace on a network, whatever its task: the whole state before and after each map."""

import pytest
import torch
from nets import PHOTO, PREPROCESS, make
from test_kinds_state import same, whole_state
from test_tasks_boxes import wrapped as boxes
from test_tasks_places import wrapped as places

from cam import METHODS, explain, obstacle, trace, wrap_model


def classes():
    return wrap_model(make("deep_head"), preprocess=PREPROCESS)


TASKS = {"classification": classes, "detection": boxes, "segmentation": places}
TRACES = {}


def traced(task):
    """A trace of the task's tiny network, whose weights ask for gradients and hold some, as those of a user may."""
    if task not in TRACES:
        model = TASKS[task]()
        assert model.task == task
        for number, parameter in enumerate(model.net.parameters()):
            parameter.requires_grad_(True)
            parameter.grad = torch.full_like(parameter, float(number))
        TRACES[task] = trace(model, PHOTO)
    return TRACES[task]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("task", TASKS)
def test_a_map_leaves_the_network_as_it_was(task, method):
    recorded = traced(task)
    net = recorded.model.net
    if reason := obstacle(METHODS[method], recorded):
        assert str(reason)[0].isupper()
        assert str(reason).endswith(".")
        return
    before = whole_state(net)
    finding = recorded.top(1)[0]
    found = explain(recorded, method, finding if task != "classification" else finding.index)
    after = whole_state(net)
    assert before.keys() == after.keys()
    assert not [key for key in before if not same(before[key], after[key])]
    assert found.raw.isfinite().all()


def test_most_methods_serve_every_task():
    count = {task: sum(not obstacle(METHODS[name], traced(task)) for name in METHODS) for task in TASKS}
    assert min(count.values()) >= 24, count
