namespace ParallelDag.Conventions.Tests;

/// <summary>Sources fit a reader's window: <c>max_line_length</c> of .editorconfig holds for every C# file.</summary>
public sealed class LineLengthTests
{
    private const int Longest = 140;

    [Fact]
    public void The_length_is_that_of_the_editor() =>
        Assert.Contains($"max_line_length = {Longest}", Repository.Read(".editorconfig"), StringComparison.Ordinal);

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void No_line_is_longer(string folder)
    {
        IEnumerable<string> faults =
            Repository.Sources(folder).SelectMany(file => Repository.Read(file).Split('\n')
            .Select((line, index) => (line.Length, Place: $"{file}:{index + 1}: {line.Length} characters"))
            .Where(line => line.Length > Longest)
            .Select(line => line.Place));
        Assert.True(!faults.Any(), $"lines are longer than {Longest} characters:\n{string.Join('\n', faults)}");
    }
}
