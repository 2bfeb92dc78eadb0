# The sessions that README.md shows are real: each line runs, and prints what stands below it.
# PARALLELDAG_APPROVE=1 dotnet pwsh tests/run-pester.ps1 -Name Readme   writes the outputs anew.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    $readme = Join-Path $repository README.md

    # Lines that begin with the prompt, each with what stands below it.
    function Read-Session([string] $Block) {
        $command = $null
        foreach ($line in $Block -split "`n") {
            if ($line -match '^PS> (.*)') {
                if ($command) { $command }
                $command = [pscustomobject] @{ Line = $Matches[1]; Shown = @() }
            }
            elseif ($command) { $command.Shown += $line.TrimEnd() }
        }
        $command
    }

    # What a console of 100 columns shows; a table has an empty line above it and one below.
    function Get-Shown($Output) {
        $lines = ($Output | Out-String -Width 100).TrimEnd() -split "`r?`n" | ForEach-Object TrimEnd
        $lines
        if (-not @($lines)[0]) { '' }
    }
}

AfterAll { Exit-Scratch $scratch }

Describe 'The sessions of the README' {
    It 'run, and print what they show' {
        $text = [IO.File]::ReadAllText($readme)
        $blocks = [regex]::Matches($text, '(?ms)^```powershell\r?\n(PS> .*?)^```')
        $blocks.Count | Should -BeGreaterThan 1
        $state = [initialsessionstate]::CreateDefault2()
        $shell = [powershell]::Create($state)
        $null = $shell.AddScript("Set-StrictMode -Version Latest; Set-Location -LiteralPath '$PWD'; `$PSStyle.OutputRendering = 'PlainText'").Invoke()
        $fresh = $text
        foreach ($block in $blocks) {
            $written = foreach ($step in Read-Session $block.Groups[1].Value) {
                $shell.Commands.Clear()
                $output = $shell.AddScript($step.Line.Replace('./ParallelDag.psd1', $manifest)).Invoke()
                $shell.Streams.Error | ForEach-Object { "$_" } | Should -BeNullOrEmpty -Because $step.Line
                $shown = @(if ($output.Count) { Get-Shown $output })
                "PS> $($step.Line)"
                $shown
            }
            $new = ($written -join "`n").TrimEnd() + "`n"
            if ($env:PARALLELDAG_APPROVE -eq '1') { $fresh = $fresh.Replace($block.Groups[1].Value, $new) }
            else { ($block.Groups[1].Value -replace "`r").TrimEnd() + "`n" | Should -BeExactly $new }
        }
        if ($fresh -ne $text) { [IO.File]::WriteAllText($readme, $fresh) }
        Test-Path ./llm_parallel_deployment.svg | Should -BeTrue
        (Get-Content ./llm_parallel_deployment.svg -TotalCount 3) -join '' | Should -Match '<svg'
    }

    It 'begin with what a clone needs' {
        $text = Get-Content $readme -Raw
        foreach ($line in 'dotnet build', 'dotnet tool restore', 'dotnet pwsh') { $text | Should -Match "(?m)^$line$" }
    }
}
