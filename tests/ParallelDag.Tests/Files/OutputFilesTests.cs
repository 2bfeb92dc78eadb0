using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using ParallelDag.Files;

namespace ParallelDag.Tests.Files;

public sealed class OutputFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("paralleldag-output-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string this[string name] => Path.Combine(_folder, name);

    private string[] Left => [.. Directory.EnumerateFileSystemEntries(_folder, "*", new EnumerationOptions { AttributesToSkip = 0 })
        .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Nothing_is_there_before_the_commit_and_nothing_is_left_without_it()
    {
        File.WriteAllText(this["b"], "old");
        using (var files = new OutputFiles())
        {
            Add(files, "a", "new a");
            Add(files, "b", "new b");
            Assert.Equal("old", File.ReadAllText(this["b"]));
            Assert.False(File.Exists(this["a"]));
        }

        Assert.Equal(["b"], Left);
        Write("a", "new a");
        Assert.Equal(["a", "b"], Left);
        Assert.Equal("new a", File.ReadAllText(this["a"]));
    }

    [Fact]
    public void When_one_file_cannot_be_put_in_place_none_is()
    {
        File.WriteAllText(this["a"], "old a");
        using (var files = new OutputFiles())
        {
            Add(files, "a", "new a");
            Add(files, "b", "new b");
            Add(files, "c", "new c");
            Directory.CreateDirectory(this["c"]);

            Assert.Throws<OutputException>(files.Commit);
        }

        Assert.Equal("old a", File.ReadAllText(this["a"]));
        Assert.Equal(["a", "c"], Left);
    }

    /// <summary>The message names the user's file, not ours beside it; <c>/proc</c> takes no files from anybody.</summary>
    [PosixFact]
    public void A_folder_that_takes_no_files_is_named_as_such()
    {
        if (!Directory.Exists("/proc/self"))
            return;
        using var files = new OutputFiles();
        OutputException fault = Assert.Throws<OutputException>(() => files.Add("/proc/graph.dot", _ => { }));
        Assert.Equal("/proc/graph.dot: the folder takes no new files; choose another one", fault.ToString());
        Assert.Equal(
            "/proc/pictures: the folder takes no new files; choose another one",
            Assert.Throws<OutputException>(() => files.CreateFolder("/proc/pictures")).ToString());
    }

    [PosixFact]
    [UnsupportedOSPlatform("windows")]
    public void The_mode_of_a_replaced_file_is_kept()
    {
        foreach (UnixFileMode mode in (UnixFileMode[])[UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode("755"), Mode("666")])
        {
            File.WriteAllText(this["x"], "old");
            File.SetUnixFileMode(this["x"], mode);
            using (var files = new OutputFiles())
            {
                files.Add(this["x"], stream =>
                {
                    string temporary = Left.Single(name => name.EndsWith(".tmp", StringComparison.Ordinal));
                    Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(this[temporary]) & ~mode);
                    stream.Write("new"u8);
                });
                files.Commit();
            }

            Assert.Equal(mode, File.GetUnixFileMode(this["x"]));
            Assert.Equal("new", File.ReadAllText(this["x"]));
        }
    }

    [PosixFact]
    [UnsupportedOSPlatform("windows")]
    public void A_read_only_file_is_overwritten_only_when_asked_and_stays_read_only()
    {
        File.WriteAllText(this["x"], "old");
        File.SetUnixFileMode(this["x"], UnixFileMode.UserRead);
        if (Environment.UserName != "root")
            Assert.Throws<OutputException>(() => Write("x", "new"));

        using (var files = new OutputFiles(overwriteReadOnly: true))
        {
            Add(files, "x", "new");
            files.Commit();
        }

        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(this["x"]));
        Assert.Equal("new", File.ReadAllText(this["x"]));
    }

    [PosixFact]
    public void A_symbolic_link_is_followed_and_stays()
    {
        File.WriteAllText(this["target"], "old");
        File.CreateSymbolicLink(this["link"], "target");
        File.CreateSymbolicLink(this["second"], this["link"]);

        Write("second", "new");

        Assert.Equal((this["link"], "target"), (new FileInfo(this["second"]).LinkTarget, new FileInfo(this["link"]).LinkTarget));
        Assert.Equal("new", File.ReadAllText(this["target"]));
    }

    [PosixFact]
    public void A_link_to_nothing_makes_its_target()
    {
        Directory.CreateDirectory(this["sub"]);
        File.CreateSymbolicLink(this["link"], "sub/target");

        Write("link", "new");

        Assert.Equal("new", File.ReadAllText(this["sub/target"]));
        Assert.Equal("sub/target", new FileInfo(this["link"]).LinkTarget);
    }

    [PosixFact]
    public void Links_in_a_circle_are_refused()
    {
        File.CreateSymbolicLink(this["a"], "b");
        File.CreateSymbolicLink(this["b"], "a");

        Assert.Equal("this is a symbolic link that leads in a circle", Assert.Throws<OutputException>(() => Write("a", "new")).Message);
    }

    [PosixFact]
    public void A_hard_link_keeps_its_other_names()
    {
        File.WriteAllText(this["one"], "a longer old text");
        Process.Start("ln", [this["one"], this["two"]]).WaitForExit();

        Write("two", "new");

        Assert.Equal("new", File.ReadAllText(this["one"]));
        Assert.True(OutputFiles.AreSame(this["one"], this["two"]));
        Assert.Equal(["one", "two"], Left);
    }

    [PosixFact]
    public void The_owner_of_a_file_stays_its_owner()
    {
        if (Environment.UserName != "root")
            return;
        File.WriteAllText(this["x"], "a longer old text");
        Process.Start("chown", ["12345:23456", this["x"]]).WaitForExit();

        Write("x", "new");

        Assert.Equal((12345u, 23456u), FileStatus.Of(this["x"]).Owner);
        Assert.Equal("new", File.ReadAllText(this["x"]));
        Assert.Equal(["x"], Left);
    }

    [PosixFact]
    public void A_pipe_is_written_through()
    {
        Process.Start("mkfifo", [this["pipe"]]).WaitForExit();
        var reader = Task.Run(() => File.ReadAllText(this["pipe"]));

        Write("pipe", "new");

        Assert.Equal("new", reader.Result);
        Assert.Equal(FileKind.Stream, FileStatus.Of(this["pipe"]).Kind);
    }

    [PosixFact]
    public void A_device_stays_one()
    {
        using (var files = new OutputFiles())
        {
            files.Add("/dev/null", stream => stream.Write("x"u8));
            files.Commit();
        }

        Assert.Equal(FileKind.Stream, FileStatus.Of("/dev/null").Kind);
    }

    /// <summary>A file below /dev is a file when it is a regular one: its old tail does not stay.</summary>
    [PosixFact]
    public void A_regular_file_in_shared_memory_is_replaced()
    {
        if (!Directory.Exists("/dev/shm"))
            return;
        string path = $"/dev/shm/paralleldag-{Guid.NewGuid():N}";
        try
        {
            File.WriteAllText(path, new string('x', 100_000));
            using var files = new OutputFiles();
            files.Add(path, stream => stream.Write("new"u8));
            files.Commit();
            Assert.Equal("new", File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [PosixFact]
    public void Names_may_have_255_bytes()
    {
        string longest = new('n', 255);
        Write(longest, "new");
        Assert.Equal("new", File.ReadAllText(this[longest]));

        string message = Assert.Throws<OutputException>(() => Write(longest + "n", "new")).Message;

        Assert.Equal("the file's name is longer than 255 bytes; choose a shorter one", message);
        Assert.Equal([longest], Left);
    }

    [Fact]
    public void Folders_are_no_files()
    {
        foreach (string path in (string[])["", _folder, this["x"] + Path.DirectorySeparatorChar])
        {
            using var files = new OutputFiles();
            Assert.Equal("this is a folder; name a file for the output",
                Assert.Throws<OutputException>(() => files.Add(path, _ => { })).Message);
        }

        Assert.Equal("the folder does not exist; create it first", Assert.Throws<OutputException>(() => Write("no/x", "new")).Message);
    }

    [Fact]
    public void Folders_that_were_made_for_nothing_are_removed()
    {
        using (var files = new OutputFiles())
        {
            files.CreateFolder(this["a/b/c"]);
            Add(files, "a/b/c/x", "new");
        }

        Assert.Empty(Left);
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file()
    {
        File.WriteAllText(this["x"], "old");
        using (var files = new OutputFiles())
        {
            Assert.Throws<InputException>(() => files.Add(this["x"], stream =>
            {
                stream.Write("new"u8);
                throw new InputException("too large");
            }));
        }

        Assert.Equal("old", File.ReadAllText(this["x"]));
        Assert.Equal(["x"], Left);
    }

    [Fact]
    public void A_stop_ends_the_writing_at_the_next_block()
    {
        using var stop = new CancellationTokenSource();
        using (var files = new OutputFiles(cancellation: stop.Token))
        {
            Assert.Throws<OperationCanceledException>(() => files.Add(this["x"], stream =>
            {
                stream.Write("one"u8);
                stop.Cancel();
                stream.Write("two"u8);
            }));
        }

        Assert.Empty(Left);
    }

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);

    private static void Fill(Stream stream, string text)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text.ToString(CultureInfo.InvariantCulture));
    }

    private void Add(OutputFiles files, string name, string text) => files.Add(this[name], stream => Fill(stream, text));

    private void Write(string name, string text)
    {
        using var files = new OutputFiles();
        Add(files, name, text);
        files.Commit();
    }
}
