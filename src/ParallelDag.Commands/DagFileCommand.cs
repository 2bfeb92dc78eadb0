using System.Management.Automation;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>A command on DAGs and plans from the pipeline, or on files named by <c>-Path</c> or <c>-LiteralPath</c>.</summary>
public abstract class DagFileCommand : DagReadingCommand
{
    private protected const string ByInput = "InputObject";
    private protected const string ByPath = "Path";
    private protected const string ByLiteralPath = "LiteralPath";

    /// <summary>Graph or plan files; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByPath)]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Graph or plan files, each name taken as it stands.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByLiteralPath)]
    [Alias("PSPath")]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>What came as an object, where nothing was named by a path.</summary>
    private protected abstract DagInput?[]? Input { get; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByInput)
        {
            ForEachSource(Input, Process);
            return;
        }

        bool literal = ParameterSetName == ByLiteralPath;
        foreach (string path in literal ? LiteralPath : Path)
            ForEachFile(path, literal, Process);
    }

    /// <summary>Does the command's work on one input.</summary>
    private protected abstract void Process(DagSource source);
}
