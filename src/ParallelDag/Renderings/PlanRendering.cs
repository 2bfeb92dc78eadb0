using ParallelDag.Checks;
using ParallelDag.Exports;
using ParallelDag.Files;
using ParallelDag.Layouts;
using ParallelDag.Lowering;
using ParallelDag.Pictures;
using ParallelDag.Reports;

namespace ParallelDag.Renderings;

/// <summary>
/// Everything that a plan is drawn into, checked: the deployment graph and the simplified one, each as a Graphviz file and as a drawing,
/// the pictures of the plan, and the report. The command line's <c>render</c> and <c>Export-ParallelDag</c> write exactly this.
/// </summary>
public sealed class PlanRendering
{
    private static readonly GraphFormat[] Formats = [GraphFormats.Dot, GraphFormats.Svg];

    private readonly DeploymentPlan _plan;
    private readonly IReadOnlyList<RenderedGraph> _graphs;

    private PlanRendering(DeploymentPlan plan, IReadOnlyList<RenderedGraph> graphs, CheckReport checks)
    {
        _plan = plan;
        _graphs = graphs;
        Checks = checks;
    }

    /// <summary>The checks of the deployment graph.</summary>
    public CheckReport Checks { get; }

    /// <summary>The names of the files that <see cref="Write"/> writes, in order.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="splitPhases">Draw each phase by itself too.</param>
    public static IReadOnlyList<string> FileNames(DeploymentPlan plan, bool splitPhases = false)
    {
        ArgumentNullException.ThrowIfNull(plan);
        IReadOnlyList<RenderedGraph.Selection> kinds = RenderedGraph.KindsOf(plan, splitPhases);
        return
        [
            .. kinds.SelectMany(kind => Formats, (kind, format) => FileName(plan, kind, format)),
            .. Pictures(plan).Select(picture => picture.FileName(plan.Name)),
            ReportName(plan),
        ];
    }

    /// <summary>Generates the graphs and checks the deployment graph. Long work for a large plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="splitPhases">Draw each phase by itself too: <c>name_prefill</c>, <c>name_decode</c>.</param>
    /// <param name="announce">Told what is being done, such as <c>checking</c>.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static PlanRendering Of(
        DeploymentPlan plan, bool splitPhases = false, Action<string>? announce = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        announce?.Invoke("generating the DAG");
        RenderedGraph[] graphs = [.. RenderedGraph.KindsOf(plan, splitPhases).Select(Generate)];
        announce?.Invoke("checking");
        return new PlanRendering(plan, graphs, CheckRunner.Run(graphs[0].Dag, cancellation: cancellation));

        RenderedGraph Generate(RenderedGraph.Selection kind) =>
            new(kind, DagGenerator.Generate(plan, kind.Detail, kind.Phase, cancellation));
    }

    /// <summary>Writes the files and returns the layers that a picture drew once for several.</summary>
    /// <param name="files">The set that the files join; its commit puts them in place.</param>
    /// <param name="folder">The folder, which is there.</param>
    /// <param name="announce">Told the path of each file before it is written; may refuse it by an exception.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="OutputException">A file cannot be written.</exception>
    public IReadOnlyList<FoldedRun> Write(
        OutputFiles files, string folder, Action<string>? announce = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        var written = new List<ReportFile>();
        var folded = new List<FoldedRun>();
        foreach ((RenderedGraph.Selection kind, Dag dag) in _graphs)
        {
            // The rules looked at the whole graph; their witnesses are numbers of its nodes. Other pictures tell the verdict alone.
            IReadOnlyList<DrawingMark>? marks = CheckMarks.Of(Checks);
            if (marks is not null && dag != _graphs[0].Dag)
                marks = [.. marks.Select(mark => mark with { Nodes = [], Edges = [] })];
            var options = new ExportOptions { Drawing = new DrawingOptions { Marks = marks } };
            foreach (GraphFormat format in Formats)
            {
                bool slide = kind.Detail == DetailLevel.Overview && format.Extension == ".svg";
                string path = Announce(FileName(_plan, kind, format), dag, slide ? "the simplified DAG on one sheet" : null);
                folded.AddRange(format.Write(dag, new FileOutput(files, path), options, cancellation).Folded);
            }
        }

        var subject = new PictureSubject(_plan, Checks, cancellation);
        foreach (PlanPicture picture in Pictures(_plan))
            files.Add(Announce(picture.FileName(_plan.Name), null, picture.Product), stream => picture.Write(subject, stream));
        files.Add(Announce(ReportName(_plan), null), stream => ReportWriter.Write(
            _graphs[0].Dag, Checks, stream, PlanDescription.Of(_plan), Simplified(), written, cancellation));
        return folded;

        string Announce(string name, Dag? graph, string? shows = null)
        {
            string path = Path.Combine(folder, name);
            announce?.Invoke(path);
            written.Add(new ReportFile(name, graph) { Shows = shows });
            return path;
        }
    }

    private static IEnumerable<PlanPicture> Pictures(DeploymentPlan plan) => PlanPictures.All.Where(picture => picture.Applies(plan));

    private Dag Simplified() => _graphs.First(graph => graph.What.Detail == DetailLevel.Overview && graph.What.Phase is null).Dag;

    private static string FileName(DeploymentPlan plan, RenderedGraph.Selection kind, GraphFormat format) =>
        $"{plan.Name}_{kind.Suffix}{format.Extension}";

    private static string ReportName(DeploymentPlan plan) => plan.Name + "_report.md";
}
