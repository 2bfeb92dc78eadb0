using System.Management.Automation;
using ParallelDag.Chakra;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Wording;

namespace ParallelDag.Commands;

/// <summary>Writes a Chakra execution trace for every GPU, with what ASTRA-sim reads beside them, to a folder.</summary>
[Cmdlet(VerbsData.Export, "DagChakra", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagChakraCommand : ExportCommand
{
    /// <summary>The control dependencies that nodes get beside those of the DAG.</summary>
    [Parameter]
    public ChakraSchedule ControlDependency { get; set; } = ChakraSchedule.Streams;

    /// <summary>Leave the names of nodes out, which are half of a file.</summary>
    [Parameter]
    public SwitchParameter NoName { get; set; }

    private protected override void Process(DagSource source)
    {
        GraphFormat format = GraphFormats.Chakra;
        Dag dag = Devices(source);
        string stem = FileNames.Of(dag.Name);
        string[] names = [.. format.Parts!(dag).Select(suffix => stem + suffix)];
        string folder = Target.PrepareFolder(names);
        int traces = names.Count(name => name.EndsWith(format.Extension, StringComparison.Ordinal));
        string others = string.Join(", ", names.Skip(traces));
        string product = $"{Words.Count(traces, "Chakra trace")} of {dag.Name} ({stem}.0{format.Extension} ...)";
        if (!ShouldProcess(folder, $"Write {product} and {others}"))
            return;
        var options = new ExportOptions { Chakra = new ChakraOptions { Schedule = ControlDependency, WithoutNames = NoName } };
        ExportNotes notes = ExportNotes.None;
        Await($"Writing {folder}", token => Target.Write(folder, files => notes = Write(files, token), token));
        foreach (string warning in notes.Warnings)
            WriteWarning($"{dag.Name}: {warning}.");
        if (ChakraTraces.Leftover(System.IO.Path.Combine(folder, stem), traces) is string leftover)
            WriteWarning($"{folder}: {leftover}.");
        foreach (string name in names)
            Report(System.IO.Path.Combine(folder, name));

        ExportNotes Write(OutputFiles files, CancellationToken token)
        {
            files.CreateFolder(folder);
            string path = System.IO.Path.Combine(folder, stem);
            foreach (string file in names.Select(name => System.IO.Path.Combine(folder, name)))
                ExportTarget.RefuseInput(source.Input?.Path, file);

            return format.Write(dag, new FileOutput(files, path + format.Extension), options, token);
        }
    }

    /// <summary>The Device DAG of a plan, or of the plan that a coarser DAG was generated from.</summary>
    private Dag Devices(DagSource source)
    {
        if (source.Plan is null && source.Open(null, PhaseFilter.All, StopToken) is { Detail: not DetailLevel.Device } coarse
            && Revival.OriginOf(coarse) is (DeploymentPlan plan, PhaseFilter phase))
            return OpenDag(new DagSource(plan), DetailLevel.Device, phase);
        return OpenDag(source, source.Plan is null ? null : DetailLevel.Device);
    }
}
