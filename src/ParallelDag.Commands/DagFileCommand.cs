using System.Management.Automation;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>A command on DAGs and plans from the pipeline, or on files named by <c>-Path</c> or <c>-LiteralPath</c>.</summary>
public abstract class DagFileCommand : DagReadingCommand
{
    private protected const string ByInput = "InputObject";
    private protected const string ByPath = "Path";
    private protected const string ByLiteralPath = "LiteralPath";

    /// <summary>The DAG; a plan is generated first, the path of a graph or plan file is read.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByInput)]
    [Alias("Dag", "Plan", "Graph")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [DagInputTransformation]
    public DagInput? InputObject { get; set; }

    /// <summary>Graph or plan files; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByPath)]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Graph or plan files, each name taken as it stands.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralPath)]
    [Alias("PSPath")]
    public string[] LiteralPath { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByInput)
        {
            ForEachSource(InputObject, Process);
            return;
        }

        bool literal = ParameterSetName == ByLiteralPath;
        foreach (string path in literal ? LiteralPath : Path)
            ForEachFile(path, literal, Process);
    }

    /// <summary>Does the command's work on one input.</summary>
    private protected abstract void Process(DagSource source);
}
