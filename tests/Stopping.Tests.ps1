# Ctrl+C: every cmdlet stops within a second, whatever it is doing, and leaves neither half-written files nor temporary ones.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch

    # About ten million nodes at Device level: many seconds of work for every cmdlet.
    @'
name: large
model: { layers: 60, hidden: 7168, heads: 128, ffn: 18432, vocab: 129280, moe: { experts: 256, topK: 8, ffn: 2048 } }
cluster: { gpus: 2048, gpu: H100-SXM-80GB }
workload: { batch: 8192, promptLength: 4096, microBatches: 16 }
prefill: { pp: 4, ep: 64, tp: 8 }
'@ | Set-Content ./large.yaml

    # A model like DeepSeek-V3 on 256 GPUs: seconds of search.
    @'
name: environment
model: { layers: 61, hidden: 7168, heads: 128, ffn: 18432, vocab: 129280, moe: { experts: 256, topK: 8, ffn: 2048 } }
cluster: { gpus: 256, gpu: H200-SXM-141GB }
workload: { promptLength: 4096, outputLength: 512 }
limits: { ttft: 2 s, tpot: 50 ms }
'@ | Set-Content ./environment.yaml
    Copy-Item "$repository/examples/llm_parallel.yaml" ./small.yaml

    # Starts a script in a runspace of its own, waits for the marker to appear, and measures how long stopping it takes.
    function Measure-Stop([string] $Script, [int] $AfterMilliseconds) {
        $state = [initialsessionstate]::CreateDefault2()
        $state.ImportPSModule($manifest)
        $shell = [powershell]::Create($state)
        $null = $shell.AddScript("Set-Location -LiteralPath '$PWD'; $Script")
        $running = $shell.BeginInvoke()
        Start-Sleep -Milliseconds $AfterMilliseconds
        $stillRunning = -not $running.IsCompleted
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $seconds = $clock.Elapsed.TotalSeconds
        $shell.Dispose()
        [pscustomobject] @{ WasRunning = $stillRunning; Seconds = $seconds }
    }
}

AfterAll { Exit-Scratch $scratch }

Describe 'Stopping' {
    It '<Script> takes less than a second' -ForEach @(
        @{ Script = 'while ($true) { $null = Get-ParallelDag ./large.yaml -Detail Device }' }
        @{ Script = 'New-DeploymentPlan ./large.yaml | Export-DagDot -Path ./large.dot -Detail Device' }
        @{ Script = 'New-DeploymentPlan ./large.yaml | Export-DagJson -Path ./large.json -Detail Device' }
        @{ Script = 'New-DeploymentPlan ./large.yaml | Export-DagSvg -Path ./large.svg -Detail Device -Folding Never' }
        @{ Script = 'New-DeploymentPlan ./large.yaml | ConvertTo-DagDot -Detail Device' }
        @{ Script = 'while ($true) { New-DeploymentPlan ./large.yaml | Show-ParallelDag -Detail Device }' }
        @{ Script = '$d = Get-ParallelDag ./large.yaml -Detail Device; while ($true) { $d | Test-ParallelDag }' }
        @{ Script = '$d = Get-ParallelDag ./large.yaml -Detail Device; while ($true) { $d | Get-DagNode -Op nothing* }' }
        @{ Script = 'while ($true) { $null = Find-DeploymentPlan ./environment.yaml -IncludeRejected }' }
        @{ Script = 'Find-DeploymentPlan ./environment.yaml -Fit Context' }
        @{ Script = 'Watch-DeploymentPlan ./small.yaml' }
        @{ Script = 'Watch-DeploymentPlan ./small.yaml -Destination ./watched' }
        @{ Script = '$d = Get-ParallelDag ./large.yaml -Detail Device; while ($true) { $d | Get-DagEdge -Source nothing* }' }
    ) {
        $stop = Measure-Stop $Script -AfterMilliseconds 2500
        $stop.WasRunning | Should -BeTrue
        $stop.Seconds | Should -BeLessThan 1
    }

    It 'leaves the old file and no temporary one' {
        Set-Content ./kept.dot 'old'
        $stop = Measure-Stop 'New-DeploymentPlan ./large.yaml | Export-DagDot -Path ./kept.dot -Detail Device' -AfterMilliseconds 6000
        $stop.WasRunning | Should -BeTrue
        $stop.Seconds | Should -BeLessThan 1
        Start-Sleep -Seconds 1
        Get-Content ./kept.dot | Should -Be 'old'
        @(Get-ChildItem . -Force -Filter '*.tmp') | Should -BeNullOrEmpty
        Get-ChildItem . -Filter 'large.*' | ForEach-Object Name | Should -Be 'large.yaml'
    }
}

Describe 'Progress' {
    BeforeAll {
        function Get-Progress([string] $Script) {
            $state = [initialsessionstate]::CreateDefault2()
            $state.ImportPSModule($manifest)
            $shell = [powershell]::Create($state)
            $null = $shell.AddScript("Set-Location -LiteralPath '$PWD'; $Script")
            $null = $shell.Invoke()
            $records = @($shell.Streams.Progress)
            $shell.Dispose()
            $records
        }
    }

    It 'is silent for short work' {
        Get-Progress 'Get-ParallelDag ./examples/llm_parallel.yaml | Test-DagAcyclic' | Should -BeNullOrEmpty
    }

    It 'shows for long work, not too often, and ends' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $records = Get-Progress 'Get-ParallelDag ./large.yaml -Detail Device | Test-ParallelDag'
        if ($records.Count -eq 0) { Set-ItResult -Skipped -Because 'this machine checked millions of nodes within a second'; return }
        $records[-1].RecordType | Should -Be Completed
        # At most one in a quarter of a second, whatever the work takes on this machine.
        $records.Count | Should -BeLessThan (4 * $watch.Elapsed.TotalSeconds + 4)
        $records[0].Activity | Should -Match '(Generating|Checking) large'
    }
}
