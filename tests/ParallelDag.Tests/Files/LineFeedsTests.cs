using System.Text;
using ParallelDag.Files;

namespace ParallelDag.Tests.Files;

/// <summary>JSON ends its lines alike on every system.</summary>
public class LineFeedsTests
{
    [Theory]
    [InlineData("{\r\n  \"a\": 1\r\n}", "{\n  \"a\": 1\n}")]
    [InlineData("\r\n\r\n", "\n\n")]
    [InlineData("none", "none")]
    public void Carriage_returns_go_however_the_bytes_are_cut(string text, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            using var output = new MemoryStream();
            using (var lines = new LineFeeds(output))
            {
                lines.Write(bytes.AsSpan(0, cut));
                lines.Write(bytes, cut, bytes.Length - cut);
            }

            Assert.True(output.CanWrite);
            Assert.Equal(expected, Encoding.UTF8.GetString(output.ToArray()));
        }
    }
}
