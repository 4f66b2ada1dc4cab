// Kernels fill what they allocate on the stack.
[module: System.Runtime.CompilerServices.SkipLocalsInit]
