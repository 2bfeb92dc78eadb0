using System.ComponentModel;
using System.Text;

namespace ParallelDag.Commands.Views;

/// <summary>What the console shows of a check result. Public for ParallelDag.format.ps1xml alone.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class CheckView
{
    private const int UsualWidth = 80;
    private const int WidestText = 120;
    private const int Indent = 9;

    /// <summary>The lines of a result, broken between words: a mark, the rule, what it demands, and the evidence.</summary>
    /// <param name="result">The result.</param>
    /// <param name="width">The columns of the console; 0 when it has none.</param>
    public static string[] Lines(CheckResult result, int width)
    {
        ArgumentNullException.ThrowIfNull(result);
        int room = (width is > Indent and <= WidestText ? width : width <= Indent ? UsualWidth : WidestText) - 1;
        string mark = result.Status switch { CheckStatus.Pass => "✓", CheckStatus.Fail => "✗", _ => "-" };
        var lines = new List<string>();
        var line = new StringBuilder($"{mark} {result.Id} ");
        foreach (string word in $"{result.Title}: {result.Evidence}".Split(' '))
        {
            if (line.Length > Indent && line.Length + 1 + word.Length > room)
            {
                lines.Add(line.ToString());
                line.Clear().Append(' ', Indent - 1);
            }

            line.Append(' ').Append(word);
        }

        lines.Add(line.ToString());
        return [.. lines];
    }
}
