using System.Reflection;
using System.Runtime.Loader;

namespace ParallelDag.Commands.Loading;

/// <summary>
/// The load context of ParallelDag.Formats and of the third-party libraries behind it (YamlDotNet). It answers for the files of its own
/// folder, <c>formats/</c> below the cmdlets, and leaves everything else, ParallelDag.Core.dll included, to PowerShell's context. So
/// whichever YamlDotNet another module has loaded, we read YAML with ours, and ours stays out of its way.
/// </summary>
internal sealed class FormatsContext : AssemblyLoadContext
{
    private const string EntryAssembly = "ParallelDag.Formats";
    private static readonly Lazy<FormatsContext> Shared = new(() => new FormatsContext());
    private static int _hooked;

    private readonly string _folder = Path.Combine(Path.GetDirectoryName(typeof(FormatsContext).Assembly.Location)!, "formats");

    private FormatsContext()
        : base("ParallelDag")
    {
    }

    /// <summary>Makes the default context find ParallelDag.Formats here. Once a process, however often the module is imported.</summary>
    public static void Hook()
    {
        if (Interlocked.Exchange(ref _hooked, 1) == 0)
            Default.Resolving += (_, name) => name.Name == EntryAssembly ? Shared.Value.LoadFromAssemblyName(name) : null;
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == typeof(Dag).Assembly.GetName().Name)
            return typeof(Dag).Assembly;
        string file = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
    }
}
