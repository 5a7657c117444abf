"""The compiled library's C interface, as in native/abi.h: the same structures, field by field, and typed functions."""

import ctypes
from ctypes import POINTER, PYFUNCTYPE, Structure, c_char_p, c_double, c_int, c_int64, c_void_p, cast, py_object
from typing import Any, ClassVar


def _fields(kind: type[Any], names: str) -> list[tuple[str, type[Any]]]:
    return [(name, kind) for name in names.split()]


class Layer(Structure):
    """`foveal_layer`: a convolution or a dense layer, with what stands after it until the next."""

    _fields_: ClassVar[Any] = [
        *_fields(c_int64, "dense n_in n_out height width out_height out_width"),
        *_fields(c_int64, "filter_height filter_width stride_height stride_width dilation_height dilation_width"),
        *_fields(c_int64, "top left norm bias"),
        *_fields(c_int64, "pool pool_height pool_width pool_stride_height pool_stride_width"),
        *_fields(c_int64, "pooled_height pooled_width activate_first leaky dropout order"),
        *_fields(c_double, "eps low high slope"),
    ]


class Weights(Structure):
    """`foveal_weights`: addresses of a layer's parameters and their gradients, 0 where there are none."""

    _fields_: ClassVar[Any] = [
        *_fields(c_void_p, "weight weight_gradient"),
        *_fields(c_int64, "out_stride in_stride row_stride column_stride"),
        *_fields(c_void_p, "bias gamma beta bias_gradient gamma_gradient beta_gradient running_mean running_var"),
    ]


class Moving(Structure):
    """`foveal_tensor`: one parameter for the update, and the optimizer's memory of it."""

    _fields_: ClassVar[Any] = [
        *_fields(c_void_p, "value first second gradient steps"),
        *_fields(c_int64, "size penalised"),
    ]


class Call(Structure):
    """`foveal_call`: what one run of the network is given and gives back."""

    _fields_: ClassVar[Any] = [
        *_fields(c_int64, "work rows training"),
        ("x", c_void_p),
        ("bytes", c_int64),
        *_fields(c_void_p, "out out_gradient in_gradient labels row_weights"),
        *_fields(c_double, "total smoothing l2"),
        *_fields(c_void_p, "masks rates"),
        ("rule", c_int64),
        *_fields(c_double, "rate momentum nesterov decay beta1 beta2 eps"),
        ("tensors", POINTER(Moving)),
        ("n_tensors", c_int64),
        ("sums", c_double * 3),
    ]


#: What a call may do, in this order: `foveal_work`.
PACK, FORWARD, LOSS, BACKWARD, UPDATE = 1, 2, 4, 8, 16
#: `foveal_rule`.
SGD, ADAM = 0, 1
POOLS = {None: 0, "max": 1, "avg": 2}
#: What `foveal_method` answers, in this order.
METHODS = ("dense", "Winograd F(4x4, 3x3)", "direct convolution")


def declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Tell ctypes the functions' types; a call lets other Python threads run."""
    opening: list[Any] = [POINTER(Layer), c_int64, c_int64, c_int64, c_int64, c_int64]
    library.foveal_open.argtypes = [*opening, c_void_p, c_void_p, c_int64, c_char_p, c_int64]
    library.foveal_open.restype = c_void_p
    library.foveal_size.argtypes = opening
    library.foveal_size.restype = c_int64
    library.foveal_bind.argtypes = [c_void_p, POINTER(Weights)]
    library.foveal_bind.restype = None
    library.foveal_run.argtypes = [c_void_p, POINTER(Call)]
    library.foveal_run.restype = c_int
    library.foveal_close.argtypes = [c_void_p]
    library.foveal_close.restype = None
    library.foveal_python.argtypes = [c_void_p]
    library.foveal_python.restype = None
    library.foveal_python(cast(ctypes.pythonapi.PyCapsule_GetPointer, c_void_p))
    library.foveal_team.argtypes = [c_void_p, c_void_p, c_void_p]
    library.foveal_team.restype = None
    library.foveal_method.argtypes = [POINTER(Layer)]
    library.foveal_method.restype = c_int
    return library


def owner(library: ctypes.CDLL, net: int) -> object:
    """Give an object that closes an opened net when it goes.

    That is a capsule, whose destructor is compiled. With `weakref.finalize` or `__del__` a frame of Python would run
    then, and Python drops a KeyboardInterrupt that comes in such a frame: a Ctrl-C would be lost.
    """
    return _new_capsule(net, None, cast(library.foveal_close_capsule, c_void_p))


_new_capsule = PYFUNCTYPE(py_object, c_void_p, c_char_p, c_void_p)(("PyCapsule_New", ctypes.pythonapi))
