using System.Management.Automation;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Engines;
using ParallelDag.Wording;

namespace ParallelDag.Commands;

/// <summary>Writes what starts a plan on an engine, to a folder: all together or nothing.</summary>
[Cmdlet(VerbsData.Export, "LaunchManifest", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportLaunchManifestCommand : ExportCommand
{
    /// <summary>The engine.</summary>
    [Parameter(Mandatory = true)]
    public EngineKind? Engine { get; set; }

    /// <summary>The model's id or path, as the engine takes it.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public object? Model { get; set; }

    /// <summary>What is written: scripts, batch scripts, or manifests.</summary>
    [Parameter]
    public LaunchTarget As { get; set; } = LaunchTarget.Shell;

    /// <summary>The container image; needed where containers are started.</summary>
    [Parameter]
    public string? Image { get; set; }

    /// <summary>The address that servers listen at; the engine's own where it is left out.</summary>
    [Parameter]
    public string? ListenAddress { get; set; }

    /// <summary>The port of requests; the engine's own where it is left out.</summary>
    [Parameter]
    [ValidateRange(1, 65_000)]
    public int? Port { get; set; }

    /// <summary>The port at which nodes of an instance meet.</summary>
    [Parameter]
    [ValidateRange(1, 65_000)]
    public int? RendezvousPort { get; set; }

    /// <summary>The address of the first node of a plan's only instance.</summary>
    [Parameter]
    public string? HeadAddress { get; set; }

    /// <summary>The names of the nodes, in the order of their GPUs.</summary>
    [Parameter]
    public string[] ComputerName { get; set; } = [];

    /// <summary>The Kubernetes namespace.</summary>
    [Parameter]
    public string? Namespace { get; set; }

    private protected override void Process(DagSource source)
    {
        DeploymentPlan plan = PlanOf(source);
        Launch launch = Launch.Of(plan, new LaunchOptions
        {
            Engine = Engine!.Value,
            Model = LanguagePrimitives.ConvertTo<string>(Model),
            Target = As,
            Image = Image,
            Host = ListenAddress,
            Port = Port,
            RendezvousPort = RendezvousPort,
            Head = HeadAddress,
            Nodes = ComputerName,
            Namespace = Namespace,
        });
        string[] names = [.. launch.Files.Select(file => file.Name)];
        string folder = Target.PrepareFolder(names);
        if (!ShouldProcess(folder, $"Write {Words.Count(names.Length, "file")} that start {plan.Name} on {launch.Table}"))
            return;
        foreach (LaunchRemark remark in launch.Remarks)
        {
            if (remark.Differs)
                WriteWarning(remark.Problem.ToString());
            else
                WriteVerbose(remark.Problem.ToString());
        }

        Await($"Writing {folder}", token => Target.Write(folder, files =>
            launch.Write(files, folder, file => ExportTarget.RefuseInput(source.Input?.Path, file)), token));
        foreach (string name in names)
            Report(System.IO.Path.Combine(folder, name));
    }
}
