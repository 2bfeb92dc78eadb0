using System.Runtime.Loader;

namespace ParallelDag.Commands.Loading;

/// <summary>
/// Lets PowerShell's context find the adapter to QuikGraph, and QuikGraph itself, in <c>quikgraph/</c> below the cmdlets. Scripts name
/// QuikGraph's types and pass them on, so these must not lie in a context of ours; where another module has loaded QuikGraph already, that
/// one serves.
/// </summary>
internal static class QuikGraphFolder
{
    private static readonly string[] Assemblies = ["ParallelDag.QuikGraph", "QuikGraph"];
    private static int _hooked;

    /// <summary>Once a process, however often the module is imported.</summary>
    public static void Hook()
    {
        if (Interlocked.Exchange(ref _hooked, 1) != 0)
            return;
        string folder = Path.Combine(Path.GetDirectoryName(typeof(QuikGraphFolder).Assembly.Location)!, "quikgraph");
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Assemblies.Contains(name.Name) && File.Exists(Path.Combine(folder, name.Name + ".dll"))
                ? context.LoadFromAssemblyPath(Path.Combine(folder, name.Name + ".dll")) : null;
    }
}
