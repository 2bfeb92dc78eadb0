using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Documents;
using ParallelDag.Engines.Import;
using ParallelDag.Formats;
using ParallelDag.Plans;

namespace ParallelDag.Commands;

/// <summary>Reads a command line, a script or a manifest that starts an engine as a plan.</summary>
[Cmdlet(VerbsData.ConvertFrom, "LaunchCommand")]
[OutputType(typeof(DeploymentPlan))]
public sealed class ConvertFromLaunchCommandCommand : ConvertFromTextCommand
{
    private string? _model;
    private string _folder = "";

    /// <summary>The engine whose commands they are.</summary>
    [Parameter(Mandatory = true)]
    public EngineKind? Engine { get; set; }

    /// <summary>The model's config.json; Megatron-Core's arguments tell the model themselves.</summary>
    [Parameter]
    public object? Model { get; set; }

    /// <summary>The cluster, of which the command tells little: '16 x H200', a hashtable or a ClusterSpec.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public object? Cluster { get; set; }

    /// <summary>The plan's name; after the model where it is left out.</summary>
    [Parameter]
    public string? Name { get; set; }

    private protected override Func<InputFault, ErrorRecord> Fault => ErrorRecords.PlanFault;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _folder = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        if (Model is null)
            return;
        string path = LanguagePrimitives.ConvertTo<string>(Model);
        TryDo(path, ErrorRecords.PlanFault, () =>
        {
            List<InputPaths.NamedPath> files = InputPaths.Resolve(this, path, literal: false);
            if (files.Count != 1)
                throw new ReportedException(ErrorRecords.PathAmbiguous(path, files.Count));
            _model = files[0].FullPath;
        });
    }

    private protected override object Read(string text, CancellationToken cancellation)
    {
        ImportedPlan imported = LaunchFiles.Import(
            new ImportOptions { Engine = Engine!.Value, ModelFile = _model, Gpu = null, Name = Name }, text);
        if (_model is null && Engine != EngineKind.Megatron)
            throw new InputException("a command names the model and does not tell what it is; give its config.json (-Model)");
        DocumentMap document = Cluster is null ? imported.Document : With(imported.Document, (DocumentMap)PlanParts.Cluster(Cluster));
        return (PlanReader.Read(document, file: null, _folder),
            imported.Remarks.Where(remark => Cluster is null || !remark.StartsWith("the GPU", StringComparison.Ordinal)));
    }

    private protected override void Emit(object read)
    {
        var (plan, remarks) = ((DeploymentPlan, IEnumerable<string>))read;
        foreach (string remark in remarks)
            WriteWarning($"{plan.Name}: {remark}.");
        WriteObject(plan);
    }

    /// <summary>The plan with what is given of its cluster in place of what the command told.</summary>
    private static DocumentMap With(DocumentMap plan, DocumentMap cluster)
    {
        var told = (DocumentMap)plan.Find("cluster")!;
        DocumentMap whole = new([.. cluster.Entries, .. told.Entries.Where(entry => cluster.Find(entry.Key) is null)], default);
        return new DocumentMap([.. plan.Entries.Select(entry => entry.Key == "cluster" ? entry with { Value = whole } : entry)], default);
    }
}
