using ParallelDag.Formats.Yaml;
using ParallelDag.Graphs;

namespace ParallelDag.Formats.Tests.Yaml;

public class YamlRefusalTests
{
    /// <summary>A faulty text, where it is faulty, and the words that tell what to change.</summary>
    public static TheoryData<string, int, int, string> Faults => new()
    {
        { "a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' is given twice, first on line 1" },
        { "p: { tp: 1, tp: 2 }", 1, 13, "the key 'tp' is given twice" },
        { "{\"a\": 1, 'a': 2}", 1, 10, "the key 'a' is given twice" },
        { "a: 1\n---\nb: 2\n", 2, 1, "a second document starts here" },
        { "a: 1\n...\nb: 2\n", 3, 1, "a second document starts here" },
        { "a: !!str 5\n", 1, 4, "the tag tag:yaml.org,2002:str is not supported" },
        { "a: !!python/object:os.system x\n", 1, 4, "is not supported" },
        { "a: !x!y 5\n", 1, 4, "tags are not supported" },
        { "a: &base { tp: 1 }\nb:\n  <<: *base\n", 3, 3, "merge keys ('<<') are not supported" },
        { "a: *nowhere\n", 1, 4, "the alias '*nowhere' has no anchor" },
        { "a: &loop [1, *loop]\n", 1, 14, "the alias '*loop' has no anchor" },
        { "? [a, b]\n: 1\n", 1, 3, "a key must be plain text" },
        { "a: &k x\n*k : 1\n", 2, 1, "a key must be plain text" },
        { "a: 1\n: 2\n", 2, 3, "a key is missing" },
        { "a:\n\tb: 1\n", 2, 1, "tabs" },
        { "a:\n  b: 1\n\tc: 1\n", 3, 1, "tabs" },
        { "a:1\nb: 2\n", 2, 2, "is a space missing after the ':' of the line above" },
        { "a: b: c\n", 1, 5, "a second 'key: value' on one line" },
        { "a: 1\n b: 2\n", 2, 3, "indented too far" },
        { "a: [1, 2\nb: 3\n", 2, 1, "check the brackets" },
        { "a: [1, 2", 1, 9, "a list in brackets is not closed" },
        { "a: {b: 1\n", 1, 9, "a mapping in braces is not closed" },
        { "{\"model\": {\"layers\": 1", 1, 23, "a mapping in braces is not closed" },
        { "a: 'x\n", 1, 4, "a quoted text that starts here is never closed" },
        { "a: \"x\\q\"\n", 1, 4, "unknown escape" },
        { "a: @x\n", 1, 4, "put the value in quotes" },
        { "a: %x\n", 1, 4, "put the value in quotes" },
        { "- a\nb: 1\n", 2, 1, "a '- item' is expected" },
        { "a: - 1\n", 1, 4, "write [a, b]" },
        { "a: ]\n", 1, 4, "a value is expected" },
        { "{a: 1} x\n", 1, 8, "nothing may follow" },
        { "a: [\n1\n2]\n", 2, 1, "not valid YAML" },
        { "%YAML 3.0\n---\na: 1\n", 1, 1, "only YAML 1.1 and 1.2" },
        { "a: 1\nb: \0\n", 2, 4, "the control character U+0000" },
        { "a: \u001b[31m\n", 1, 4, "the control character U+001B" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Every_fault_has_its_place_and_advice(string text, int line, int column, string words)
    {
        var fault = Assert.Throws<InputException>(() => YamlDocument.Read(text, "plan.yaml"));

        InputProblem problem = Assert.Single(fault.Problems);
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
        Assert.Equal(new TextPosition(line, column), problem.Position);
        Assert.Equal("plan.yaml", problem.File);
        Assert.Equal(text.Split('\n')[line - 1].Replace('\0', '\uFFFD').Replace('\u001b', '\uFFFD'), problem.LineText);
        Assert.DoesNotContain('\n', problem.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("# nothing but a remark\n")]
    public void An_empty_file_is_refused(string text) =>
        Assert.Equal("plan.yaml: the file is empty; it must hold one plan",
            Assert.Throws<InputException>(() => YamlDocument.Read(text, "plan.yaml")).Message);

    [Fact]
    public void Several_faults_are_reported_together()
    {
        var fault = Assert.Throws<InputException>(() => YamlDocument.Read("a: 1\na: 2\nb: !t 1\nb: [1\n"));

        Assert.Equal([2, 3, 5 - 1], fault.Problems.Select(problem => problem.Position.Line));
    }

    [Fact]
    public void Reports_end_after_twenty() =>
        Assert.Equal(20, Assert.Throws<InputException>(() =>
            YamlDocument.Read(string.Concat(Enumerable.Repeat("a: 1\n", 1000)))).Problems.Count);

    [Fact]
    public void A_bomb_of_aliases_is_refused()
    {
        string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
        for (int i = 1; i < 12; i++)
            text += $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n";

        var fault = Assert.Throws<InputException>(() => YamlDocument.Read(text));

        Assert.Contains("more than 500,000 values", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("[{a: ")]
    public void Nesting_without_end_is_refused(string opening)
    {
        var fault = Assert.Throws<InputException>(() => YamlDocument.Read(string.Concat(Enumerable.Repeat(opening, 100_000))));

        Assert.Contains("nested deeper than 64 levels", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sixty_four_levels_are_read() => YamlDocument.Read(new string('[', 64) + new string(']', 64));

    [Fact]
    public void A_text_of_the_greatest_length_is_read_and_one_longer_refused()
    {
        string text = "a: 1 #".PadRight(YamlDocument.MaxBytes, 'x');
        YamlDocument.Read(text);

        Assert.Contains("longer than 4 MiB", Assert.Throws<InputException>(() => YamlDocument.Read(text + "x")).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Texts on which a scan in quadratic time would never come to an end.</summary>
    [Theory]
    [InlineData("- a\n")]
    [InlineData("a,")]
    [InlineData("a: \"x\n ")]
    [InlineData("#\n")]
    [InlineData("- &a b\n")]
    [InlineData(":")]
    [InlineData("'")]
    [InlineData("? a : b, ")]
    [InlineData("{? ")]
    [InlineData("a: {b, ")]
    [InlineData(" ")]
    public void Long_repetitions_come_to_an_end(string piece)
    {
        string text = string.Concat(Enumerable.Repeat(piece, YamlDocument.MaxBytes / piece.Length));
        Outcome.Of(() => YamlDocument.Read(text));
        Outcome.Of(() => YamlDocument.Read("[" + text[1..]));
    }
}
