using System.Diagnostics;
using System.Text;
using ParallelDag.Documents;
using ParallelDag.Files;
using ParallelDag.Models;
using ParallelDag.Readers;
using ParallelDag.Tests.Writers;
using ParallelDag.Writers;

namespace ParallelDag.Tests.Files;

public sealed class InputFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("paralleldag-input-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [PosixFact]
    public void A_device_without_end_is_read_up_to_the_limit() =>
        Assert.Equal(
            "zero: this is longer than 4 MiB, the most that is read here; check that it is the right file",
            Assert.Throws<InputException>(() => InputFile.Read("/dev/zero", "zero", 4 << 20)).Message);

    [PosixFact]
    public void A_file_that_a_file_names_is_a_regular_one()
    {
        string pipe = Path.Combine(_folder, "pipe");
        Process.Start("mkfifo", [pipe]).WaitForExit();

        foreach (string path in (string[])["/dev/zero", "/dev/null", pipe])
        {
            Assert.Equal(
                "config: this is a device or a pipe; name a regular file",
                Assert.Throws<InputException>(() => HuggingFaceConfig.ReadFile(path, "config")).Message);
        }
    }

    [PosixFact]
    public void A_graph_comes_through_a_pipe_and_is_known_by_its_content()
    {
        string pipe = Path.Combine(_folder, "pipe");
        Process.Start("mkfifo", [pipe]).WaitForExit();
        string text = JsonWriter.ToText(FileSamples.Generated());
        var writer = Task.Run(() => File.WriteAllText(pipe, text));

        InputFile input = InputFile.Read(pipe, null, GraphFile.MaxBytes);

        Assert.Equal(GraphFileKind.Json, GraphFile.KindOf(input));
        Assert.Null(input.Folder);
        Assert.Equal(text, JsonWriter.ToText(GraphFile.Read(input)));
        writer.Wait();
    }

    [PosixFact]
    public void A_regular_file_is_one_wherever_it_lies()
    {
        if (!Directory.Exists("/dev/shm"))
            return;
        string path = $"/dev/shm/paralleldag-{Guid.NewGuid():N}.json";
        try
        {
            File.WriteAllText(path, "{\"model_type\":\"llama\"}");
            Assert.Equal("/dev/shm", InputFile.ReadRegular(path, null, 100).Folder);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Problems_quote_their_line()
    {
        var input = InputFile.Of("digraph {\n  a -> \u0007\n}"u8.ToArray(), "x.dot");

        InputProblem problem = Assert.Single(Assert.Throws<InputException>(() => GraphFile.Read(input)).Problems);

        Assert.Equal((new TextPosition(2, 8), "  a -> \uFFFD"), (problem.Position, problem.LineText));
    }

    /// <summary>A million values on one line: counting each from the line's start would take minutes.</summary>
    [Fact]
    public void Places_on_a_very_long_line_are_right()
    {
        string text = "[" + string.Join(',', Enumerable.Repeat("\"é\"", 1_000_000)) + ", {\"a\": 1, \"a\": 2}]";

        InputProblem problem = Assert.Single(
            Assert.Throws<InputException>(() => JsonTree.Read(Encoding.UTF8.GetBytes(text), "x.json")).Problems);

        Assert.Equal(new TextPosition(1, text.LastIndexOf("\"a\"", StringComparison.Ordinal) + 1), problem.Position);
    }

    [Theory]
    [InlineData("{ // note\n}", "1:3: this is not JSON: it has no comments; remove this one")]
    [InlineData("[1,]", "1:4: this is not JSON: a ',' stands before the closing bracket; remove it")]
    [InlineData("{\"é\": }", "1:7: this is not JSON: a value is expected")]
    [InlineData("{\"a\" 1}", "1:6: this is not JSON: a ':' is expected")]
    [InlineData("{\"a\": 1 \"b\": 2}", "1:9: this is not JSON: a ',' or a closing bracket is missing")]
    [InlineData("{a: 1}", "1:2: this is not JSON: a name in double quotes is expected")]
    [InlineData("{\"a\": yes}", "1:7: this is not JSON: a value is expected")]
    [InlineData("{\"a\": tru}", "1:10: this is not JSON: only true, false and null stand without quotes; put the word in double quotes")]
    [InlineData("{\"a\": 01}", "1:8: this is not JSON: a number may not begin with 0")]
    [InlineData("{\"a\": \"\\x\"}", "1:9: this is not JSON: an unknown escape in a string; write \\\\ for a backslash")]
    [InlineData("{\"a\": \"x\ny\"}",
        "1:9: this is not JSON: a string holds a line break or a control character; write it as an escape such as \\n")]
    [InlineData("{\"a\": 1", "1:8: this is not JSON: the file ends too early; it may be cut off")]
    [InlineData("{\"a\": [", "1:8: this is not JSON: an object or a list is never closed; the file may be cut off")]
    [InlineData("{\"a\": \"x", "1:9: this is not JSON: a string is never closed; the file may be cut off")]
    [InlineData("{} {}", "1:4: this is not JSON: nothing may follow the closing bracket")]
    [InlineData("", "1:1: this is not JSON: there is nothing in it")]
    public void What_is_no_JSON_is_told_without_words_of_the_runtime(string text, string message) =>
        Assert.Equal("x.json:" + message,
            Assert.Throws<InputException>(() => JsonTree.Read(Encoding.UTF8.GetBytes(text), "x.json")).Message);

    [Fact]
    public void Nesting_is_bounded() => Assert.Contains(
        "this is not JSON: objects and lists are nested too deeply here",
        Assert.Throws<InputException>(() => JsonTree.Read(Encoding.UTF8.GetBytes(new string('[', 100)), "x.json")).Message,
        StringComparison.Ordinal);
}
