using System.Globalization;
using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

namespace CrossPT.Tensors.Cuda;

/// <summary>Number format of the factors in a <see cref="CublasProduct"/>; sums are always float32.</summary>
internal enum CublasPrecision
{
    Float32,
    TensorFloat32,
    BFloat16,
}

/// <summary>
/// The matrix product of the CUDA toolkit's cuBLAS, where it is installed: the ceiling that ours is measured against,
/// and no part of the product's work.
/// </summary>
internal sealed unsafe class CublasProduct : IDisposable
{
    // cudaDataType, cublasOperation_t, cublasComputeType_t and cublasGemmAlgo_t of the toolkit's headers.
    private const int Real32 = 0, RealBFloat16 = 14, Plain = 0, Transposed = 1;
    private const int Compute32 = 68, Compute32FastTf32 = 77, DefaultAlgorithm = -1;

    private readonly CudaAccelerator _accelerator;
    private readonly CuBlas _cublas;
    private readonly nint _multiply;

    private CublasProduct(CudaAccelerator accelerator, CuBlas cublas, nint multiply)
    {
        _accelerator = accelerator;
        _cublas = cublas;
        _multiply = multiply;
    }

    /// <summary>As 12.4.5.</summary>
    public string Version
    {
        get
        {
            int version = _cublas.Version;
            // 11.x counts minors in thousands less: 11402 is 11.4.2, 120405 is 12.4.5.
            int major = version >= 100_000 ? version / 10_000 : version / 1000;
            int rest = version >= 100_000 ? version % 10_000 : version % 1000;
            return string.Create(CultureInfo.InvariantCulture, $"{major}.{rest / 100}.{rest % 100}");
        }
    }

    /// <summary>Null, and why, where there is no cuBLAS of CUDA 11 or 12 or the back end is not on a card.</summary>
    public static CublasProduct? TryOpen(CudaBackend backend, out string? absence)
    {
        absence = null;
        if (backend.Cuda is not { } accelerator)
        {
            absence = "cuBLAS: no CUDA device";
            return null;
        }
        CuBlas? cublas = null;
        try
        {
            cublas = new CuBlas(accelerator) { Stream = (CudaStream)backend.Launcher.Stream };
            string library = Library(cublas.Version >= 100_000 ? cublas.Version / 10_000 : cublas.Version / 1000);
            nint multiply = NativeLibrary.GetExport(NativeLibrary.Load(library), "cublasGemmEx");
            return new CublasProduct(accelerator, cublas, multiply);
        }
        catch (Exception error) when (IsAbsence(error))
        {
            cublas?.Dispose();
            absence = $"cuBLAS: not available ({error.Message.ReplaceLineEndings(" ")})";
            return null;
        }
    }

    /// <summary>Whether an exception says that a library of NVIDIA's is missing, too old or does not start.</summary>
    internal static bool IsAbsence(Exception error)
        => error is DllNotFoundException or EntryPointNotFoundException or NotSupportedException or CuBlasException
            or NvmlException or TypeInitializationException { InnerException: DllNotFoundException };

    /// <summary>
    /// C [m, n] = A [m, k] · Wᵀ, W [n, k]; or A·W, W [k, n], where <paramref name="transposed"/>: as a linear layer and
    /// its backward pass have it. A and W are float32 or bf16 by <paramref name="precision"/>, C is float32.
    /// </summary>
    /// <exception cref="DeviceException">cuBLAS refuses.</exception>
    public void Multiply(CublasPrecision precision, int m, int n, int k, nint a, nint w, nint c, bool transposed)
    {
        using var bound = _accelerator.BindScoped();
        float one = 1, zero = 0;
        int type = precision == CublasPrecision.BFloat16 ? RealBFloat16 : Real32;
        int compute = precision == CublasPrecision.TensorFloat32 ? Compute32FastTf32 : Compute32;
        // cuBLAS counts columns first: for it our rows are columns, and Cᵀ = W·Aᵀ.
        var multiply = (delegate* unmanaged<
            nint, int, int, int, int, int, float*, nint, int, int, nint, int, int, float*, nint, int, int, int, int,
            int>)_multiply;
        int status = multiply(
            _cublas.Handle, transposed ? Plain : Transposed, Plain, n, m, k, &one, w, type, transposed ? n : k, a, type,
            k,
            &zero, c, Real32, n, compute, DefaultAlgorithm);
        if (status != 0) throw new DeviceException($"cublasGemmEx {precision} {m} × {n} × {k}: status {status}");
    }

    public void Dispose() => _cublas.Dispose();

    private static string Library(int major)
        => OperatingSystem.IsWindows() ? $"cublas64_{major}.dll" : $"libcublas.so.{major}";
}
