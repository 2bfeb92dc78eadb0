namespace ParallelDag.Exports;

/// <summary>Where a format writes to: the file that the user named, and files beside it for a format that needs several.</summary>
public interface IExportOutput
{
    /// <summary>Writes the file that the user named.</summary>
    void Write(Action<Stream> write);

    /// <summary>Writes a file beside it.</summary>
    /// <param name="suffix">What its name has behind the first file's name without its extension, such as <c>.0.et</c>.</param>
    /// <param name="write">Writes the content.</param>
    void WriteBeside(string suffix, Action<Stream> write);
}
