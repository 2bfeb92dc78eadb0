using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Files;
using ParallelDag.Readers;

namespace ParallelDag.Commands;

/// <summary>A command that writes a DAG to one file.</summary>
public abstract class ExportDagCommand : ExportCommand
{
    /// <summary>How finely a plan is drawn.</summary>
    [Parameter]
    public DetailLevel Detail { get; set; } = DetailLevel.Operator;

    /// <summary>The ending of the file's name in a folder, such as <c>.svg</c>.</summary>
    private protected abstract string Extension { get; }

    /// <summary>What the file is, for -WhatIf and progress: <c>an SVG picture</c>.</summary>
    private protected abstract string Product { get; }

    /// <summary>The kind of graph file that is written; None for pictures and reports.</summary>
    private protected virtual GraphFileKind FileKind => GraphFileKind.None;

    private protected override bool Keeps(InputFile input) => FileKind != GraphFileKind.None && GraphFile.KindOf(input) == FileKind;

    private protected override void Process(DagSource source)
    {
        DetailLevel? wanted = MyInvocation.BoundParameters.ContainsKey(nameof(Detail)) ? Detail : null;
        Export(source, source.Name + Suffix(source.DetailOf(wanted)) + Extension, Product, _ => Prepare(OpenDag(source, wanted), source));
    }

    /// <summary>What stands between the plan's name and the extension in a folder.</summary>
    private protected virtual string Suffix(DetailLevel detail) => detail switch
    {
        DetailLevel.Overview => "_simplified",
        DetailLevel.Device => "_device",
        _ => "_deployment",
    };

    /// <summary>Does the work before the file is opened and returns what writes it; that runs beside the pipeline thread.</summary>
    private protected abstract Action<Stream, CancellationToken> Prepare(Dag dag, DagSource source);
}
