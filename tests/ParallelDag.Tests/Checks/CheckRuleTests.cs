namespace ParallelDag.Tests.Checks;

public class CheckRuleTests
{
    [Fact]
    public void Rules_come_in_the_order_of_their_identifiers() =>
        Assert.Equal(CheckRule.All.Select(rule => rule.Id).Order(StringComparer.Ordinal).Distinct(), CheckRule.All.Select(rule => rule.Id));

    [Fact]
    public void Every_rule_has_its_section_in_the_documentation()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ParallelDag.sln")))
            folder = folder.Parent;
        string[] lines = File.ReadAllLines(Path.Combine(folder!.FullName, "docs", "checks.md"));
        Assert.Equal(CheckRule.All.Select(rule => $"## {rule}"), lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("1-4", "1-4")]
    [InlineData("0-3, 17", "0-3 17-17")]
    [InlineData("5", "5-5")]
    [InlineData("", "")]
    [InlineData("4-1", "")]
    [InlineData("a", "")]
    [InlineData("1,,2", "")]
    [InlineData("2147483647", "")]
    public void Index_ranges_are_read_strictly(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', ParallelDag.Checks.IndexRanges.Parse(text).Select(range => $"{range.First}-{range.Last}")));
}
