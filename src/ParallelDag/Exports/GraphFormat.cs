using System.Text;
using ParallelDag.Readers;

namespace ParallelDag.Exports;

/// <summary>Writes a DAG in a format and tells what it left out.</summary>
/// <param name="dag">The DAG.</param>
/// <param name="output">Where to.</param>
/// <param name="options">What is shown; a format reads what it takes.</param>
/// <param name="cancellation">Ends the work early.</param>
public delegate ExportNotes GraphFormatWriter(Dag dag, IExportOutput output, ExportOptions options, CancellationToken cancellation);

/// <summary>A format in which a DAG can be written. Command line, cmdlets and completion know the formats by these facts alone.</summary>
/// <param name="Name">The word for it in arguments: <c>svg</c>.</param>
/// <param name="Extension">The ending of its files: <c>.svg</c>.</param>
/// <param name="MediaType">Its media type: <c>image/svg+xml</c>.</param>
/// <param name="Product">What a file of it is, in a sentence: <c>an SVG picture</c>.</param>
/// <param name="Write">Writes a DAG.</param>
public sealed record GraphFormat(string Name, string Extension, string MediaType, string Product, GraphFormatWriter Write)
{
    /// <summary>How finely a plan is drawn unless told otherwise.</summary>
    public DetailLevel DefaultDetail { get; init; } = DetailLevel.Operator;

    /// <summary>True for a picture of the graph, which marks what is wrong in it.</summary>
    public bool IsPicture { get; init; }

    /// <summary>Which options it has a use for.</summary>
    public ExportChoices Takes { get; init; }

    /// <summary>True for a format that shows <see cref="ExportOptions.Page"/> of the plan.</summary>
    public bool ShowsPlan { get; init; }

    /// <summary>
    /// For a format that is several files in a folder: the endings of their names, behind the graph's name; null for one file.
    /// </summary>
    public Func<Dag, IReadOnlyList<string>>? Parts { get; init; }

    /// <summary>The kind of graph file that it is when it is read back; None for what cannot be.</summary>
    public GraphFileKind FileKind { get; init; }

    /// <summary>Makes text where that is not the file's bytes read as UTF-8; null where it is.</summary>
    internal Func<Dag, CancellationToken, string>? Text { get; init; }

    /// <summary>The DAG as text; of a format of several files there is none.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="options">What is shown; null: all.</param>
    /// <param name="notes">What was left out.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public string ToText(Dag dag, ExportOptions? options, out ExportNotes notes, CancellationToken cancellation = default)
    {
        notes = ExportNotes.None;
        if (Text is not null)
            return Text(dag, cancellation);
        using var stream = new MemoryStream();
        notes = Write(dag, new StreamOutput(stream), options ?? new ExportOptions(), cancellation);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
