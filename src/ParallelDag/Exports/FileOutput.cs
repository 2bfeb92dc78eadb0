using ParallelDag.Files;

namespace ParallelDag.Exports;

/// <summary>Writes to files that appear together when the set is committed.</summary>
/// <param name="files">The set.</param>
/// <param name="path">The file that the user named.</param>
public sealed class FileOutput(OutputFiles files, string path) : IExportOutput
{
    /// <inheritdoc/>
    public void Write(Action<Stream> write) => files.Add(path, write);

    /// <inheritdoc/>
    public void WriteBeside(string suffix, Action<Stream> write) =>
        files.Add(Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path) + suffix), write);
}
