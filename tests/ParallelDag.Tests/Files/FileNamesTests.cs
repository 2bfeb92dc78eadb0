using ParallelDag.Files;

namespace ParallelDag.Tests.Files;

/// <summary>No name of a plan or a graph leads a file astray.</summary>
public sealed class FileNamesTests
{
    [Theory]
    [InlineData("llm_parallel", "llm_parallel")]
    [InlineData("007", "007")]
    [InlineData("llama-3.1", "llama-3.1")]
    [InlineData(".", "_")]
    [InlineData("..", "_.")]
    [InlineData("-rf", "_rf")]
    [InlineData(".hidden", "_hidden")]
    [InlineData("../etc/passwd", "_._etc_passwd")]
    [InlineData("a b\nc", "a_b_c")]
    [InlineData("", "_")]
    [InlineData("\u017Aeta", "_eta")]
    public void Of_is_a_name_of_one_file(string name, string expected) => Assert.Equal(expected, FileNames.Of(name));

    [Fact]
    public void Of_is_short_and_settled()
    {
        string cut = FileNames.Of(new string('x', 300));
        Assert.Equal(100, cut.Length);
        Assert.Equal(cut, FileNames.Of(cut));
    }
}
