namespace ParallelDag;

/// <summary>A place in a text file; line and column count from 1.</summary>
/// <param name="Line">The line.</param>
/// <param name="Column">The column, in UTF-16 units, as editors and PowerShell count.</param>
public readonly record struct TextPosition(int Line, int Column);
