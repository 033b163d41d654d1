# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""One training step of a 784-128-10 perceptron, as fast as PyTorch can be made to do it.

At this size the arithmetic takes microseconds and the framework's own overhead decides, so that
"PyTorch" is not one number. These are the ways a determined user has; the benchmark compares with
the fastest of them on the machine at hand. All do the same mathematics: mean cross entropy, plain
SGD. (Adam and momentum have no `manual` mode here; requests for them are refused.)

    plain          nn.Module, autograd, torch.optim.SGD as it comes
    foreach, fused the same with that optimizer implementation
    compile_fused  torch.compile(model) and the fused optimizer
    functional     torch.func.grad_and_value and the update, one torch.compile graph
    manual         forward and backward by hand, into memory allocated once, the update folded into
                   the products (addmm_ with alpha = -learning rate); no autograd
    manual_compile the same mathematics in one torch.compile graph
    manual_autotune ... with max-autotune (generated C++ matrix products)
"""

import torch
import torch.nn.functional as F

import models

MODES = (
    "plain",
    "foreach",
    "fused",
    "compile_fused",
    "functional",
    "manual",
    "manual_compile",
    "manual_autotune",
)


def prepare(request):
    if request["model"] != "mlp" or request["phase"] != "train":
        raise ValueError(f"mode {request['mode']!r} is for the MLP's training step")
    if request.get("momentum", 0) or request.get("weight_decay", 0):
        raise ValueError("the tuned variants do plain SGD")
    model = models.make(request)
    torch.manual_seed(2)
    x = torch.randn(request["batch"], request["channels"] * request["size"] ** 2)
    labels = torch.randint(0, request["classes"], (request["batch"],))
    rate = request.get("learning_rate", 0.01)
    mode = request["mode"]
    if mode in ("plain", "foreach", "fused", "compile_fused"):
        return with_autograd(model, x, labels, rate, mode)
    if mode == "functional":
        return functional(model, x, labels, rate)
    if mode == "manual":
        return manual(model, x, labels, rate)
    options = {"mode": "max-autotune-no-cudagraphs"} if mode == "manual_autotune" else {}
    return manual_compiled(model, x, labels, rate, options)


def with_autograd(model, x, labels, rate, mode):
    options = {
        "plain": {"foreach": False},
        "foreach": {"foreach": True},
        "fused": {"fused": True},
        "compile_fused": {"fused": True},
    }[mode]
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, **options)
    call = torch.compile(model) if mode == "compile_fused" else model

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(call(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def functional(model, x, labels, rate):
    parameters = {name: value.detach() for name, value in model.named_parameters()}

    def loss_of(values):
        return F.cross_entropy(torch.func.functional_call(model, values, (x,)), labels)

    @torch.compile
    def update():
        gradients, loss = torch.func.grad_and_value(loss_of)(parameters)
        for name, value in parameters.items():
            value.sub_(gradients[name], alpha=rate)
        return loss

    def step():
        with torch.no_grad():
            return update().item()

    return step


def weights_of(model):
    linear = [module for module in model if isinstance(module, torch.nn.Linear)]
    return [value.detach() for layer in linear for value in (layer.weight, layer.bias)]


def manual(model, x, labels, rate):
    w1, b1, w2, b2 = weights_of(model)
    batch = x.shape[0]
    rows = torch.arange(batch)
    h = torch.empty(batch, w1.shape[0])
    logits = torch.empty(batch, w2.shape[0])
    d_h = torch.empty_like(h)
    ones = torch.ones(batch)
    labels_column = labels.unsqueeze(1)
    minus = torch.full((batch, 1), -1.0)

    def step():
        with torch.inference_mode():
            torch.addmm(b1, x, w1.t(), out=h)
            h.relu_()
            torch.addmm(b2, h, w2.t(), out=logits)
            log_p = torch.log_softmax(logits, 1)
            loss = log_p[rows, labels].mean()
            d_logits = log_p.exp_().scatter_add_(1, labels_column, minus)
            torch.mm(d_logits, w2, out=d_h)
            d_h.mul_(h > 0)
            w2.addmm_(d_logits.t(), h, alpha=-rate / batch)
            b2.addmv_(d_logits.t(), ones, alpha=-rate / batch)
            w1.addmm_(d_h.t(), x, alpha=-rate / batch)
            b1.addmv_(d_h.t(), ones, alpha=-rate / batch)
            return loss.item()

    return step


def manual_compiled(model, x, labels, rate, options):
    w1, b1, w2, b2 = weights_of(model)
    batch = x.shape[0]
    one_hot = F.one_hot(labels, w2.shape[0]).float()

    @torch.compile(**options)
    def update(x, one_hot, w1, b1, w2, b2):
        h = torch.relu(torch.addmm(b1, x, w1.t()))
        log_p = torch.log_softmax(torch.addmm(b2, h, w2.t()), 1)
        loss = -(log_p * one_hot).sum() / batch
        d_logits = (log_p.exp() - one_hot) / batch
        d_h = (d_logits @ w2) * (h > 0)
        w2.sub_(d_logits.t() @ h, alpha=rate)
        b2.sub_(d_logits.sum(0), alpha=rate)
        w1.sub_(d_h.t() @ x, alpha=rate)
        b1.sub_(d_h.sum(0), alpha=rate)
        return loss

    def step():
        with torch.no_grad():
            return update(x, one_hot, w1, b1, w2, b2).item()

    return step
