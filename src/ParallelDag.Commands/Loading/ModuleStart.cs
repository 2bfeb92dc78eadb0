using System.Management.Automation;

namespace ParallelDag.Commands.Loading;

/// <summary>What PowerShell runs when it imports the module.</summary>
public sealed class ModuleStart : IModuleAssemblyInitializer
{
    /// <inheritdoc/>
    public void OnImport()
    {
        FormatsContext.Hook();
        QuikGraphFolder.Hook();
    }
}
