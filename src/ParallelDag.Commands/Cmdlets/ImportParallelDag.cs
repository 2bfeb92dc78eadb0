using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;

namespace ParallelDag.Commands;

/// <summary>Reads graph files in DOT or JSON, and sets of Chakra traces.</summary>
[Cmdlet(VerbsData.Import, "ParallelDag", DefaultParameterSetName = "Path")]
[OutputType(typeof(Dag))]
public sealed class ImportParallelDagCommand : DagReadingCommand
{
    /// <summary>Graph files; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Path")]
    [SupportsWildcards]
    [FilePathTransformation]
    [AllowEmptyString]
    public string[] Path { get; set; } = [];

    /// <summary>Graph files, each name taken as it stands.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath")]
    [AllowEmptyString]
    public string[] LiteralPath { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool literal = ParameterSetName == "LiteralPath";
        foreach (string path in literal ? LiteralPath : Path)
        {
            ForEachFile(path, literal, source =>
            {
                if (source.Plan is not null)
                    throw new ReportedException(
                        ErrorRecords.InputNotSupported(path, "a graph file but a plan; New-DeploymentPlan reads it"));
                WriteObject(source.Open(null, PhaseFilter.All, StopToken));
            });
        }
    }
}
