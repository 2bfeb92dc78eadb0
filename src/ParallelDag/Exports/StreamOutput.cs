namespace ParallelDag.Exports;

/// <summary>Writes to one stream, such as standard output; it stays open.</summary>
/// <param name="stream">The stream.</param>
public sealed class StreamOutput(Stream stream) : IExportOutput
{
    /// <inheritdoc/>
    public void Write(Action<Stream> write) => write(stream);

    /// <inheritdoc/>
    /// <exception cref="InputException">Always: a stream is one file.</exception>
    public void WriteBeside(string suffix, Action<Stream> write) =>
        throw new InputException("this format is several files, which one stream cannot take; name a file for the output");
}
